/** What a killed Pulumi leaves, made up with real processes and files. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endOrphans, releaseDeadLocks, removeTornFiles } from "../../../workbench/orphans.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-orphans-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("releaseDeadLocks", () => {
  const lock = (pid: number, host = hostname()) => {
    const locks = join(folder, ".pulumi/locks/organization/identidock/local");
    mkdirSync(locks, { recursive: true });
    const file = join(locks, `${pid}.json`);
    writeFileSync(file, JSON.stringify({ pid, hostname: host, username: "x" }));
    return file;
  };

  it("takes a dead Pulumi's lock, and keeps a living one's and another machine's", () => {
    const dead = 2 ** 22 - 1; // above what this kernel gives out by default
    const [gone, living, elsewhere] = [lock(dead), lock(process.pid), lock(dead - 1, "elsewhere")];
    expect(releaseDeadLocks(folder, "local")).toEqual([dead]);
    expect([gone, living, elsewhere].map((file) => existsSync(file))).toEqual([false, true, true]);
  });

  it("has nothing to do for a stack that never was", () => {
    expect(releaseDeadLocks(folder, "never")).toEqual([]);
  });
});

describe("removeTornFiles", () => {
  const state = () => {
    const stacks = join(folder, ".pulumi/stacks/identidock");
    mkdirSync(stacks, { recursive: true });
    const write = (name: string, content: string) => {
      writeFileSync(join(stacks, name), content);
      return join(stacks, name);
    };
    return {
      whole: [write("torn.json", "{}"), write("torn.json.bak.attrs", "{}")],
      torn: [write("torn.json.attrs", ""), write("torn.json.18ea.tmp", '{"half')],
    };
  };

  it("removes half-written files, and keeps the state and what is whole", () => {
    const { whole, torn } = state();
    expect(removeTornFiles(folder, "torn").sort()).toEqual([...torn].sort());
    expect(whole.every((file) => existsSync(file))).toBe(true);
    expect(torn.some((file) => existsSync(file))).toBe(false);
  });

  it("touches nothing while a Pulumi works on the stack", () => {
    const { torn } = state();
    const locks = join(folder, ".pulumi/locks/organization/identidock/torn");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "1.json"), "{}");
    expect(removeTornFiles(folder, "torn")).toEqual([]);
    expect(torn.every((file) => existsSync(file))).toBe(true);
  });
});

describe.runIf(process.platform === "linux")("endOrphans", () => {
  it("ends the plugins of a killed engine, and no others", async () => {
    const engine = createServer().listen(0, "127.0.0.1");
    const gone = createServer().listen(0, "127.0.0.1");
    await Promise.all([once(engine, "listening"), once(gone, "listening")]);
    const [alive, dead] = [engine, gone].map((server) => (server.address() as AddressInfo).port);
    gone.close();
    await once(gone, "close");

    const backend = `file://${folder}`;
    const orphan = plugin(dead, backend);
    const others = [plugin(alive, backend), plugin(dead, `${backend}-of-another-clone`)];
    await endOrphans(backend);
    expect(await once(orphan, "exit")).toEqual([null, "SIGTERM"]);
    expect(others.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null]);
    for (const other of others) other.kill();
    engine.close();
  });

  /** Looks like a plugin in the process list, and waits for its standard input. */
  function plugin(port: number | undefined, backend: string): ChildProcess {
    return spawn("/bin/sh", ["-c", "read line", "sh", `127.0.0.1:${port}`], {
      argv0: join(folder, "pulumi-resource-made-up"),
      env: { PATH: process.env.PATH, PULUMI_BACKEND_URL: backend },
      stdio: ["pipe", "ignore", "ignore"],
    });
  }
});
