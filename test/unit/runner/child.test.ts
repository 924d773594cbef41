// A stopped test run leaves no process, also none that left its parent.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alive } from "../../support/alive.ts";
import { Children } from "../../runner/child.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-child-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a shell that daemonizes a `sleep`, and waits for the daemon's pid. */
async function startDaemonizer(children: Children, then: string, options: object = {}) {
  const pidFile = join(folder, "pid");
  const script = `(setsid sleep 300 >/dev/null 2>&1 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}); ${then}`;
  const ended = children.run("sh", ["-c", script], { cwd: folder, ...options });
  await vi.waitUntil(() => existsSync(pidFile), { timeout: 5000 });
  return { ended, daemon: Number(readFileSync(pidFile, "utf8")) };
}

describe("Children", () => {
  it("returns the exit code, and 127 for a command that is not there", async () => {
    const children = new Children();
    expect(await children.run("sh", ["-c", "exit 3"], { cwd: folder })).toBe(3);
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await children.run("no-such-command-here", [], { cwd: folder })).toBe(127);
    expect(errors).toHaveBeenCalledWith("error: no-such-command-here was not found on PATH.");
    errors.mockRestore();
  });

  it("hands over output line by line", async () => {
    const lines: string[] = [];
    const script = ["-c", "echo one; echo two"];
    await new Children().run("sh", script, { cwd: folder, onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["one", "two"]);
  });

  it.runIf(existsSync("/proc/self/environ"))(
    "stops a running command and what it daemonized, and starts nothing more",
    async () => {
      const children = new Children("stop-test");
      const { ended, daemon } = await startDaemonizer(children, "sleep 300");
      expect(alive(daemon)).toBe(true);
      expect(await children.stop("SIGTERM", 10)).toEqual([]);
      expect(await ended).not.toBe(0);
      expect(alive(daemon)).toBe(false);
      expect(await children.run("true", [], { cwd: folder })).toBe(130);
    },
  );

  it.runIf(existsSync("/proc/self/environ"))(
    "names what a finished command left running, and insists when asking is ignored",
    async () => {
      const children = new Children("stray-test");
      const stubborn = `trap "" TERM; echo $$ > ${folder}/pid; while :; do sleep 0.2; done`;
      const leave = `setsid sh -c '${stubborn}' >/dev/null 2>&1 & while [ ! -s ${folder}/pid ]; do sleep 0.05; done`;
      expect(await children.run("sh", ["-c", leave], { cwd: folder })).toBe(0);
      const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
      expect(alive(pid)).toBe(true);
      const strays = await children.stop("SIGTERM", 0.5);
      expect(strays.some((line) => line.includes('trap "" TERM'))).toBe(true);
      expect(alive(pid)).toBe(false);
    },
  );

  it("leaves alone what was started to outlive it", async () => {
    const children = new Children("unmarked-test");
    const { ended, daemon } = await startDaemonizer(children, "true", { marked: false });
    try {
      expect(await ended).toBe(0);
      expect(await children.stop()).toEqual([]);
      expect(alive(daemon)).toBe(true);
    } finally {
      process.kill(daemon);
    }
  });
});
