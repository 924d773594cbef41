// .ci/run in a small project: its last line, its exit code, and what is left when it is stopped.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { root } from "../unit/repo/project.ts";
import { alive } from "../support/alive.ts";

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "longshore-ci-"));
  for (const folder of [".ci", "bin", "tmp"]) mkdirSync(join(project, folder));
  copyFileSync(join(root, ".ci", "run"), join(project, ".ci", "run"));
  // The machine's packages are not touched by a test.
  writeFileSync(join(project, "bin", "apt-get"), '#!/bin/sh\necho "apt-get $*"\n');
  chmodSync(join(project, "bin", "apt-get"), 0o755);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Runs it with this script as the project's `npm test`. */
function start(script: string) {
  const scripts = { test: `sh test.sh` };
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, scripts }));
  writeFileSync(join(project, "test.sh"), script);
  const path = [join(project, "bin"), process.env.PATH].join(delimiter);
  return execa(join(project, ".ci", "run"), [], {
    cwd: tmpdir(),
    env: { PATH: path, TMPDIR: join(project, "tmp"), LONGSHORE_TEST_SUMMARY: "" },
    all: true,
    reject: false,
    input: "nobody reads this",
  });
}

/** What is in the temporary folder, but npm's cache of compiled code. */
const leftovers = () =>
  readdirSync(join(project, "tmp")).filter((entry) => entry !== "node-compile-cache");
const lastLine = (output = "") => output.trimEnd().split("\n").at(-1);

describe(".ci/run", () => {
  it("ends with the line and the exit code of npm test", async () => {
    const good = await start('echo "7 passed, 0 failed" > "$LONGSHORE_TEST_SUMMARY"');
    expect({ code: good.exitCode, last: lastLine(good.all) }, good.all).toEqual({
      code: 0,
      last: "7 passed, 0 failed",
    });
    const bad = await start('echo "6 passed, 1 failed" > "$LONGSHORE_TEST_SUMMARY"; exit 1');
    expect(bad.exitCode).toBe(1);
    expect(lastLine(bad.all)).toBe("6 passed, 1 failed");
    expect(leftovers()).toEqual([]);
  });

  it("tells the tests that they run in CI, and gives them no input", async () => {
    const run = await start('echo "CI=$CI, read: $(cat)"');
    expect(run.all).toContain("CI=true, read: \n");
  });

  it("does not pass when npm test said nothing, whatever its exit code", async () => {
    const run = await start("exit 0");
    expect(run.exitCode).toBe(1);
    expect(lastLine(run.all)).toBe("0 passed, 1 failed");
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("stops the tests and lets them clean up on %s", async (signal, code) => {
    const run = start(
      `trap 'sleep 0.3; touch cleaned; echo "0 passed, 1 failed" > "$LONGSHORE_TEST_SUMMARY"; exit 1' TERM
       sleep 300 & echo $! > pid.new; mv pid.new pid; wait`,
    );
    await vi.waitUntil(() => existsSync(join(project, "pid")), { timeout: 10_000 });
    run.kill(signal);
    const { exitCode, all } = await run;
    expect(exitCode, all).toBe(code);
    expect(lastLine(all)).toBe("0 passed, 1 failed");
    expect(existsSync(join(project, "cleaned"))).toBe(true);
    expect(alive(Number(readFileSync(join(project, "pid"), "utf8")))).toBe(false);
    expect(leftovers()).toEqual([]);
  });
});
