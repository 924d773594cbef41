import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ownMounts } from "../../../workbench/cleanup.ts";
import { withLock } from "../../../workbench/lock.ts";
import {
  choosePool,
  dockerLeftovers,
  overlaps,
  ownRules,
  writesRules,
} from "../../../workbench/parts/network.ts";
import { availableMemory, preflight, shortages } from "../../../workbench/plan/preflight.ts";
import {
  findOwn,
  identify,
  isAlive,
  namesFolder,
  startDaemon,
  startTime,
  stopProcess,
} from "../../../workbench/processes.ts";
import { progressTo, silent } from "../../../workbench/progress.ts";
import { readState, writeState } from "../../../workbench/state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-unit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const linux = process.platform === "linux";

describe("address ranges", () => {
  test.each([
    ["10.213", "10.213.4.0/24", true],
    ["10.213", "10.213.255.255", true],
    ["10.213", "10.214.0.0/16", false],
    ["10.213", "10.208.0.0/12", true],
    ["10.213", "10.0.0.0/8", true],
    ["10.213", "192.168.0.0/16", false],
    ["10.213", "0.0.0.0/0", false],
  ])("%s.0.0/16 and %s overlap: %s", (pool, range, expected) => {
    expect(overlaps(pool, range)).toBe(expected);
  });

  test("the first free one, beginning at a place of its own", () => {
    expect(choosePool("00000000", [])).toBe("10.200");
    expect(choosePool("00310000", [])).toBe("10.249");
    expect(choosePool("00310000", ["10.249.0.1/24"])).toBe("10.200");
    expect(choosePool("00000000", ["10.200.0.0/15", "10.202.7.7"])).toBe("10.203");
  });

  test("none left is an error", () => {
    expect(() => choosePool("00000000", ["10.0.0.0/8"])).toThrow(/10\.200\.0\.0\/16 to 10\.249/);
  });
});

describe("firewall rules", () => {
  const listing = [
    "-P FORWARD DROP",
    "-N DOCKER",
    "-N DOCKER-USER",
    "-N LONGSHORE-aabbccdd",
    "-A FORWARD -j LONGSHORE-aabbccdd",
    "-A FORWARD -j DOCKER-USER",
    "-A FORWARD -o lsbr-aabbccdd -j DOCKER",
    "-A FORWARD -o br-0123456789ab -j DOCKER",
    "-A FORWARD -i docker0 -j ACCEPT",
    "-A LONGSHORE-aabbccdd -s 10.213.0.0/16 -j ACCEPT",
    '-A POSTROUTING -s 10.213.128.0/24 ! -o br-x -m comment --comment "two words" -j MASQUERADE',
    "-A POSTROUTING -s 10.21.0.0/16 -j MASQUERADE",
    "-A DOCKER -i docker0 -j RETURN",
  ].join("\n");
  const owned = { chain: "LONGSHORE-aabbccdd", bridges: ["lsbr-aabbccdd"], pool: "10.213" };

  test("ours are those that name our chain, bridges or range, and no others", () => {
    expect(ownRules(listing, owned).map((words) => words.join(" "))).toEqual([
      "-A FORWARD -j LONGSHORE-aabbccdd",
      "-A FORWARD -o lsbr-aabbccdd -j DOCKER",
      "-A POSTROUTING -s 10.213.128.0/24 ! -o br-x -m comment --comment two words -j MASQUERADE",
    ]);
    const more = { ...owned, bridges: ["lsbr-aabbccdd", "br-0123456789ab"] };
    expect(ownRules(listing, more)).toHaveLength(4);
  });

  test("Docker's chains go jumps first", () => {
    expect(dockerLeftovers(listing).map((words) => words.join(" "))).toEqual([
      "-D FORWARD -j DOCKER-USER",
      "-D FORWARD -o lsbr-aabbccdd -j DOCKER",
      "-D FORWARD -o br-0123456789ab -j DOCKER",
      "-F DOCKER",
      "-F DOCKER-USER",
      "-X DOCKER",
      "-X DOCKER-USER",
    ]);
  });

  test("an engine writes rules unless it is told not to", () => {
    expect(writesRules('{"iptables":false}')).toBe(false);
    expect(writesRules('{"iptables":true}')).toBe(true);
    expect(writesRules("{}")).toBe(true);
    expect(writesRules("not json")).toBe(true);
  });
});

describe("mounts", () => {
  test("below our folders, deepest first, spaces decoded", () => {
    const mounts = [
      "proc /proc proc rw 0 0",
      "tmpfs /a/state tmpfs rw 0 0",
      "overlay /a/state/docker/overlay2/x/merged overlay rw 0 0",
      "tmpfs /a/state-of-others tmpfs rw 0 0",
      String.raw`tmpfs /run/x/with\040space tmpfs rw 0 0`,
    ].join("\n");
    expect(ownMounts(mounts, ["/a/state", "/run/x"])).toEqual([
      "/a/state/docker/overlay2/x/merged",
      "/run/x/with space",
      "/a/state",
    ]);
  });
});

describe("room", () => {
  const gib = 1024 ** 3;
  const needs = [
    { folder: "/s", purpose: "engine", gigabytes: 3 },
    { folder: "/c", purpose: "cache", gigabytes: 3 },
  ];

  test("needs on one filesystem add up", () => {
    const shared = (freeBytes: number) => shortages(needs, () => ({ filesystem: "1", freeBytes }));
    expect(shared(6 * gib)).toEqual([]);
    expect(shared(5.5 * gib)).toEqual([
      "The disk is nearly full: about 6 GB are needed in /s (engine) and /c (cache), 5.5 GB are free.",
    ]);
  });

  test("needs on two filesystems do not", () => {
    const roomOf = (path: string) => ({
      filesystem: path,
      freeBytes: path === "/s" ? 4 * gib : 1 * gib,
    });
    expect(shortages(needs, roomOf)).toEqual([
      "The disk is nearly full: about 3 GB are needed in /c (cache), 1.0 GB are free.",
    ]);
  });

  test("a folder that does not exist yet counts as its parent, and the fix is named", () => {
    const need = { folder: join(folder, "not", "yet"), purpose: "test", gigabytes: 1e6 };
    expect(() => preflight([need])).toThrow(
      /set LONGSHORE_STATE and LONGSHORE_CACHE to another disk/,
    );
    expect(() => preflight([{ ...need, gigabytes: 0 }])).not.toThrow();
  });

  test("memory", () => {
    expect(availableMemory("MemTotal: 9 kB\nMemAvailable:    2097152 kB\n")).toBe(2);
    expect(availableMemory("MemTotal: 9 kB\n")).toBeUndefined();
  });
});

describe.runIf(linux)("processes", () => {
  test("a name with spaces and parentheses does not confuse the start time", () => {
    const fields = Array.from({ length: 40 }, (_unused, at) => String(at + 4));
    expect(startTime(`12 (a) b (c) S ${fields.join(" ")}`)).toBe("22");
    expect(startTime(`12 (x) Z ${fields.join(" ")}`)).toBeUndefined();
  });

  test("a reused pid is not taken for the process, and so never signalled", async () => {
    const child = spawn("sleep", ["60"]);
    try {
      const identity = identify(child.pid ?? 0);
      if (identity === undefined) throw new Error("sleep did not start");
      expect(isAlive(identity)).toBe(true);
      const impostor = { pid: identity.pid, started: `${identity.started}0` };
      expect(isAlive(impostor)).toBe(false);
      await stopProcess(impostor);
      expect(isAlive(identity)).toBe(true);
      await stopProcess(identity);
      expect(isAlive(identity)).toBe(false);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("what does not heed SIGTERM is killed", async () => {
    const log = join(folder, "log");
    const script = "trap '' TERM; echo ready; while :; do sleep 1; done";
    const identity = await startDaemon({ command: "sh", args: ["-c", script], log });
    while (!readFileSync(log, "utf8").includes("ready")) await sleep(10);
    await stopProcess(identity, 300);
    expect(isAlive(identity)).toBe(false);
  });

  test("a program that does not exist is an error, not a hang", async () => {
    const options = { command: "/nowhere/dockerd", args: [], log: join(folder, "log") };
    await expect(startDaemon(options)).rejects.toThrow(/ENOENT/);
  });

  test("found by name of program and folder on the command line, and only so", async () => {
    const start = (name: string, argument: string) =>
      spawn("bash", ["-c", `exec -a ${name} bash -c 'read' - ${argument}`], {
        stdio: ["pipe", "ignore", "ignore"],
      });
    const ours = start("/x/dockerd", `${folder}/daemon.json`);
    const others = start("/x/dockerd", `${folder}-2/daemon.json`);
    const editor = start("editor", `${folder}/daemon.json`);
    try {
      // A process has its name only after its own exec.
      const folders = [folder, `${folder}-2`];
      for (let tries = 0; tries < 100; tries++) {
        if (folders.every((each) => findOwn(each).length > 0)) break;
        await sleep(10);
      }
      expect(findOwn(folder).map(({ pid }) => pid)).toEqual([ours.pid]);
      expect(findOwn(`${folder}-2`).map(({ pid }) => pid)).toEqual([others.pid]);
    } finally {
      for (const child of [ours, others, editor]) child.kill("SIGKILL");
    }
  });

  test("a folder whose name begins the same is another folder", () => {
    expect(namesFolder(["--x=/run/longshore-1"], "/run/longshore-1")).toBe(true);
    expect(namesFolder(["/run/longshore-1/x"], "/run/longshore-1")).toBe(true);
    expect(namesFolder(["/run/longshore-12/x"], "/run/longshore-1")).toBe(false);
  });
});

describe("state", () => {
  test("what was written is read; what is damaged or of another version is not believed", () => {
    const file = join(folder, "deep", "state.json");
    expect(readState(file)).toBeUndefined();
    writeState(file, { version: 1, hubReachable: false });
    expect(readState(file)).toEqual({ version: 1, hubReachable: false });
    execFileSync("sh", ["-c", `printf '{"version":1,' > '${file}'`]);
    expect(readState(file)).toBeUndefined();
    execFileSync("sh", ["-c", `printf '{"version":2}' > '${file}'`]);
    expect(readState(file)).toBeUndefined();
  });
});

describe("the lock", () => {
  test("a second one waits for the first, and says so", async () => {
    const events: string[] = [];
    const progress = { ...silent, note: (line: string) => void events.push(line) };
    const file = join(folder, "lock");
    const first = withLock(file, progress, async () => {
      events.push("first in");
      await sleep(700);
      events.push("first out");
    });
    while (!events.includes("first in")) await sleep(5);
    await Promise.all([
      first,
      withLock(file, progress, () => Promise.resolve(events.push("second in"))),
    ]);
    expect(events).toEqual([
      "first in",
      "another run is in progress on this workbench: waiting for it",
      "first out",
      "second in",
    ]);
  });

  test("a failure inside frees it and reaches the caller", async () => {
    const file = join(folder, "lock");
    const failing = withLock(file, silent, () => Promise.reject(new Error("inside")));
    await expect(failing).rejects.toThrow("inside");
    expect(await withLock(file, silent, () => Promise.resolve("free"))).toBe("free");
  });
});

describe("progress", () => {
  test("start and end with elapsed time", async () => {
    const lines: string[] = [];
    let now = 1_000;
    const progress = progressTo(
      (line) => lines.push(line),
      () => now,
    );
    now = 2_500;
    const result = await progress.step("engine", () => {
      now = 4_000;
      return Promise.resolve(7);
    });
    expect(result).toBe(7);
    expect(lines).toEqual(["[  1.5 s] engine ...", "[  3.0 s] engine: done in 1.5 s"]);
  });
});
