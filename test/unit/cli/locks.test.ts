/** Who holds a stack's lock, and when it is taken over. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeHolder, readLocks, takeOverDead } from "../../../components/cli/update/locks.ts";
import { isRunning, mayRun } from "../../../components/hosts/running.ts";

/** Nobody's number on this machine, or nearly. */
const INSIDE = 31_007;

function backend(pid: number, host = hostname()) {
  const folder = mkdtempSync(join(tmpdir(), "longshore-locks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const locks = join(folder, ".pulumi", "locks", "organization", "shop", "local");
  mkdirSync(locks, { recursive: true });
  const file = join(locks, "1.json");
  const lock = { pid, username: "anna", hostname: host, timestamp: "2026-01-01T10:00:00Z" };
  writeFileSync(file, JSON.stringify(lock));
  return { url: `file://${folder}`, file };
}

it("says who holds the lock since when", () => {
  const { url } = backend(4711, "build-7");
  const [holder] = readLocks(url, "shop", "local");
  expect(holder && describeHolder(holder, new Date("2026-01-01T10:03:10Z"))).toBe(
    "anna on build-7 (process 4711), since 2026-01-01 10:00:00 UTC (3 min)",
  );
  expect(readLocks(url, "shop", "other")).toEqual([]);
  expect(readLocks("https://api.pulumi.com", "shop", "local")).toEqual([]);
});

it("takes over the lock of a process that no longer runs here, and says so", () => {
  const { url, file } = backend(4711);
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  expect(takeOverDead(readLocks(url, "shop", "local"), note, () => false)).toEqual([]);
  expect(existsSync(file)).toBe(false);
  expect(lines).toEqual([
    expect.stringMatching(
      /^taking over the lock of anna on .* \(process 4711\), since 2026-01-01 10:00:00 UTC \(\d+ min\): that process no longer runs$/,
    ),
  ]);
});

it("leaves the lock of a process that runs, or of another computer", () => {
  for (const { url, file } of [backend(process.pid), backend(4711, "another-computer")]) {
    expect(takeOverDead(readLocks(url, "shop", "local"), () => {})).toHaveLength(1);
    expect(existsSync(file)).toBe(true);
  }
});

it.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "leaves the lock of a process that a container of this host name counts by itself",
  async () => {
    // A process namespace of its own, as a container has, in which a process gets a number that is free here.
    const script = `echo ${INSIDE - 1} > /proc/sys/kernel/ns_last_pid; sleep 60 & wait`;
    const options = ["--pid", "--mount-proc", "--fork", "--kill-child"];
    const container = spawn("unshare", [...options, "sh", "-c", script]);
    onTestFinished(() => void container.kill("SIGKILL"));
    await expect.poll(() => mayRun(INSIDE)).toBe(true);
    expect(isRunning(INSIDE)).toBe(false);
    const { url, file } = backend(INSIDE);
    expect(takeOverDead(readLocks(url, "shop", "local"), () => {})).toHaveLength(1);
    expect(existsSync(file)).toBe(true);
    container.kill("SIGKILL");
    const gone = readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]";
    if (gone) await expect.poll(() => mayRun(INSIDE)).toBe(false);
  },
);
