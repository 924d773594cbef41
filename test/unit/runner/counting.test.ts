// The counts on which CI relies: nothing may fail without being counted, nothing pass unseen.
import { describe, expect, it } from "vitest";
import { GoCount } from "../../runner/go.ts";
import { closingLine, exitCode, summary } from "../../runner/report.ts";
import { missingTool } from "../../runner/tools.ts";
import { tally, type Tally } from "../../runner/step.ts";
import { countVitest } from "../../runner/vitest.ts";

const result = (part: Partial<Tally>) => ({ name: "x", seconds: 61, tally: tally(part) });

describe("closing line and exit code", () => {
  it.each([
    ["5 passed, 0 failed", 0, [result({ passed: 3 }), result({ passed: 2 })]],
    ["3 passed, 2 failed", 1, [result({ passed: 3 }), result({ failed: 2 })]],
    ["1 passed, 0 failed, 4 skipped", 0, [result({ passed: 1, skipped: 4 })]],
    ["0 passed, 0 failed, 4 skipped", 1, [result({ skipped: 4 })]],
    ["0 passed, 0 failed", 1, []],
  ])("%s: exit code %i", (line, code, results) => {
    expect(closingLine(results)).toBe(line);
    expect(exitCode(results)).toBe(code);
  });

  it("lists every failure and everything left out under the table", () => {
    const lines = summary([result({ failed: 1, failures: ["a broke"], notes: ["b is missing"] })]);
    expect(lines).toEqual([
      "  step   passed   failed  skipped          time",
      "  x           0        1        0     1 min 1 s",
      "",
      "Failed:",
      "  a broke",
      "",
      "Left out:",
      "  b is missing",
    ]);
  });
});

describe("vitest's report", () => {
  const file = (status: string, tests: [string, string][], message = "") => ({
    name: "/p/test/a.test.ts",
    status,
    message,
    assertionResults: tests.map(([fullName, s]) => ({ fullName, status: s })),
  });
  const count = (files: object[], code: number) =>
    countVitest("unit", { success: code === 0, testResults: files }, code, "/p");

  it("counts each test", () => {
    const tests: [string, string][] = [
      ["one", "passed"],
      ["two", "failed"],
      ["three", "skipped"],
      ["four", "todo"],
    ];
    expect(count([file("failed", tests)], 1)).toEqual(
      tally({ passed: 1, failed: 1, skipped: 2, failures: ["test/a.test.ts: two"] }),
    );
  });

  it("counts a file that cannot be loaded", () => {
    const failures = ["test/a.test.ts: Error: no such module"];
    const broken = file("failed", [], "Error: no such module\n  at x");
    expect(count([broken, file("passed", [["one", "passed"]])], 1)).toEqual(
      tally({ passed: 1, failed: 1, failures }),
    );
  });

  it("counts a failing hook beside passing tests", () => {
    const hook = file("failed", [["one", "passed"]], "Error: afterAll");
    expect(count([hook], 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it("counts an error outside any test, and a run without tests", () => {
    expect(count([file("passed", [["one", "passed"]])], 1).failures).toEqual([
      "unit: an error outside any test (exit 1)",
    ]);
    expect(count([], 1).failures).toEqual(["unit: no tests ran (exit 1)"]);
  });
});

describe("events of go test -json", () => {
  const run = (events: object[], code: number) => {
    const go = new GoCount();
    const shown = events.flatMap((event) => go.add(JSON.stringify(event)));
    return { ...go.finish("m", code), shown };
  };
  const test = (Test: string, Action: string) => [
    { Action: "output", Package: "p", Test, Output: `=== RUN   ${Test}\n` },
    { Action, Package: "p", Test },
  ];
  const end = (Action: string) => ({ Action, Package: "p" });

  it("counts a test with subtests by its subtests, and shows output of failures alone", () => {
    const events = [
      ...test("A/x", "pass"),
      ...test("A/y", "fail"),
      ...test("A", "fail"),
      ...test("B", "skip"),
      ...test("C", "pass"),
      end("fail"),
    ];
    expect(run(events, 1)).toEqual({
      ...tally({ passed: 2, failed: 1, skipped: 1, failures: ["m: p A/y"] }),
      shown: ["=== RUN   A/y", "=== RUN   A"],
    });
  });

  it("counts a parent that fails by itself", () => {
    const events = [...test("A/x", "pass"), ...test("A", "fail"), end("fail")];
    expect(run(events, 1)).toMatchObject({ passed: 1, failed: 1, failures: ["m: p A"] });
  });

  it("counts a package that does not build", () => {
    const broken = { Action: "build-output", ImportPath: "p [p.test]", Output: "x.go:1: no\n" };
    expect(run([broken, end("fail")], 1)).toMatchObject({
      passed: 0,
      failed: 1,
      failures: ["m: p"],
      shown: ["x.go:1: no"],
    });
  });

  it("counts a test that never finished, and a go that says nothing", () => {
    expect(run(test("A", "run"), 2).failures).toEqual(["m: p A did not finish"]);
    expect(run([], 2).failures).toEqual(["m: go test ended with exit code 2"]);
  });
});

describe("a missing tool", () => {
  const context = { root: "/p", scratch: "/p/s", full: false };

  it("fails in CI and is left out, with what to do, elsewhere", () => {
    const line = "shellcheck: the tool is missing; install it";
    expect(missingTool({ ...context, strict: true }, "shellcheck", "install it")).toEqual(
      tally({ failed: 1, failures: [line] }),
    );
    expect(missingTool({ ...context, strict: false }, "shellcheck", "install it")).toEqual(
      tally({ skipped: 1, notes: [line] }),
    );
  });
});
