// `npm test` itself, in a small project with a test of our choice: its last line, its exit code, and
// what is left when it is stopped.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { root } from "../unit/repo/project.ts";
import { alive } from "../support/alive.ts";

/** What the small project does not take over: tests that would run in it, and what is not code. */
const LEFT_OUT = [".git", ".longshore", "node_modules", "docs", "bench/results"];
const TESTS = ["test/unit", "test/program", "test/contract", "test/e2e"];
const leftOut = new Set([...LEFT_OUT, ...TESTS].map((path) => join(root, path)));
const PASSES = `import { it } from "vitest";
it("passes", () => {});`;
const FAILS = `import { it } from "vitest";
it("fails", () => { throw new Error("on purpose"); });`;
/** Leaves a folder and a process of its own session behind; `then` says how it ends. */
const leaks = (then: string) => `import { it } from "vitest";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
it("leaks", async () => {
  mkdtempSync(tmpdir() + "/longshore-leak-");
  const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
  child.unref();
  writeFileSync("pid", String(child.pid));
  ${then}
});`;

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "longshore-run-"));
  cpSync(root, project, { recursive: true, filter: (path) => !leftOut.has(path) });
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  mkdirSync(join(project, "tmp"));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Runs the unit and program steps with these tests in them. */
function start(unit: string, program = PASSES) {
  mkdirSync(join(project, "test", "unit"));
  mkdirSync(join(project, "test", "program"));
  writeFileSync(join(project, "test", "unit", "a.test.ts"), unit);
  writeFileSync(join(project, "test", "program", "a.test.ts"), program);
  const env = { TMPDIR: join(project, "tmp"), LONGSHORE_STATE: join(project, ".longshore") };
  return execa(process.execPath, ["test/run.ts", "--only", "unit"], {
    cwd: project,
    env,
    all: true,
    reject: false,
    stdin: "ignore",
  });
}

const lastLine = (output = "") => output.trimEnd().split("\n").at(-1);
const leakedProcess = () => Number(readFileSync(join(project, "pid"), "utf8"));

describe("npm test", () => {
  it("succeeds and says so in its last line", async () => {
    const run = await start(PASSES);
    expect({ code: run.exitCode, last: lastLine(run.all) }, run.all).toEqual({
      code: 0,
      last: "2 passed, 0 failed",
    });
    expect(readdirSync(join(project, "tmp"))).toEqual([]);
  });

  it("goes on after a failing step, and fails", async () => {
    const run = await start(FAILS);
    expect(run.exitCode).toBe(1);
    expect(lastLine(run.all)).toBe("1 passed, 1 failed");
    expect(run.all).toContain("  test/unit/a.test.ts: fails");
  });

  it.runIf(existsSync("/proc/self/environ"))("finds what tests leave, and removes it", async () => {
    const run = await start(leaks(""));
    expect(run.exitCode).toBe(1);
    expect(lastLine(run.all)).toBe("2 passed, 2 failed");
    expect(run.all).toContain("  left by a test: sleep 300");
    expect(run.all).toMatch(/ {2}left by a test: temporary folder longshore-leak-/);
    expect(alive(leakedProcess())).toBe(false);
    expect(readdirSync(join(project, "tmp"))).toEqual([]);
  });

  it.runIf(existsSync("/proc/self/environ")).each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("leaves nothing when stopped by %s", async (signal, code) => {
    const run = start(leaks("await new Promise((done) => setTimeout(done, 60_000));"));
    await vi.waitUntil(() => existsSync(join(project, "pid")), { timeout: 20_000 });
    run.kill(signal);
    const { exitCode, all } = await run;
    expect(exitCode, all).toBe(code);
    expect(lastLine(all)).toMatch(/^0 passed, \d+ failed$/);
    expect(alive(leakedProcess())).toBe(false);
    expect(readdirSync(join(project, "tmp"))).toEqual([]);
  });

  it("refuses a step it does not know", async () => {
    const options = { cwd: project, all: true, reject: false } as const;
    const run = await execa(process.execPath, ["test/run.ts", "--only", "nuit"], options);
    expect(run.exitCode).toBe(2);
    expect(run.all).toContain("error: no step is called nuit.");
  });
});
