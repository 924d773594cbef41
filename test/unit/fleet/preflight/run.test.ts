/** What the preflight asks of hosts, and what it refuses. */
import { describe, expect, it, vi } from "vitest";
import {
  inspectHost,
  parseDf,
  parseMeminfo,
} from "../../../../components/fleet/preflight/inspect.ts";
import { runPreflight } from "../../../../components/fleet/preflight/run.ts";
import type { PreflightRequest } from "../../../../components/fleet/preflight/types.ts";
import { lockHost, ownHolder } from "../../../../components/fleet/state/lock.ts";
import { FakeHost } from "../../../support/fakes/host.ts";
import { MIB, OLD, RESERVE, app } from "./example.ts";

describe("what a host says of itself", () => {
  it("is read from /proc/meminfo and df", () => {
    const meminfo =
      "MemTotal:       24684196 kB\nMemFree:         9590152 kB\nMemAvailable:   23377000 kB\n";
    expect(parseMeminfo(meminfo)).toBe(23377000 * 1024);
    expect(parseMeminfo("MemTotal: 1 kB\n")).toBeUndefined();
    const df =
      "Filesystem     1024-blocks     Used Available Capacity Mounted on\n" +
      "overlay          263174212 54525952  40894464      58% /\n";
    expect(parseDf(df)).toBe(40894464 * 1024);
    expect(parseDf("")).toBeUndefined();
  });
});

describe("runPreflight", () => {
  const labels = { "longshore.service": "app", "longshore.role": "service" };
  function host(name: string, available: number): FakeHost {
    const made = new FakeHost(name, {
      "app-1": { running: true, labels },
      "app-0": { running: false, labels },
    });
    const proxy = made.containers.get("proxy");
    if (proxy !== undefined) proxy.running = true;
    Object.assign(made.inspection, {
      memoryUse: () => Promise.resolve(new Map([["app-1", 100 * MIB]])),
      container: () => Promise.resolve({ digests: [`r/app@${OLD}`], memoryLimit: 256 * MIB }),
    });
    const df =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 9 8 4194304 58% /\n";
    const stdout = `${df}MemAvailable: ${available * 1024} kB\n`;
    made.exec = () => Promise.resolve({ exitCode: 0, stderr: "", stdout });
    return made;
  }
  const request = (hosts: FakeHost[]): PreflightRequest => ({
    stack: "identidock/test",
    reserve: RESERVE,
    hosts: hosts.map(({ name }) => ({ name, dockerHost: "unix:///none", services: [app] })),
  });
  const connect =
    (hosts: FakeHost[]) =>
    ({ name }: { name: string }) =>
      hosts.find((host) => host.name === name) ?? expect.fail(`no host ${name}`);

  it("reports what each host has, and the definitions for the next run", async () => {
    const hosts = [host("one", 1000), host("two", 2000)];
    const asked = hosts.map(({ inspection }) => vi.spyOn(inspection, "memoryUse"));
    // Two replicas of 256 MiB at most.
    expect(await runPreflight(request(hosts), undefined, connect(hosts))).toEqual({
      definitions: { app: "d1" },
      hosts: {
        one: { neededMemory: 512 * MIB, availableMemory: 1000 * MIB, freeDisk: 4096 * MIB },
        two: { neededMemory: 512 * MIB, availableMemory: 2000 * MIB, freeDisk: 4096 * MIB },
      },
    });
    for (const spy of asked) expect(spy).not.toHaveBeenCalled();
  });

  it("asks what the old replicas use where the new ones might not have all that they may use", async () => {
    const hosts = [host("one", 511), host("two", 512)];
    expect((await runPreflight(request(hosts), undefined, connect(hosts))).hosts).toMatchObject({
      one: { neededMemory: 250 * MIB },
      two: { neededMemory: 512 * MIB },
    });
  });

  it("refuses for all hosts that are too small, and only those", async () => {
    const hosts = [host("one", 249), host("two", 250), host("three", 10)];
    const message = await runPreflight(request(hosts), undefined, connect(hosts)).then(
      () => expect.fail("it passed"),
      (error: Error) => error.message,
    );
    expect(message.split("\n")[0]).toBe("Nothing was created: the new versions do not fit.");
    expect(message.match(/^host `\w+`/gm)).toEqual(["host `one`", "host `three`"]);
  });

  it("names a host whose engine does not answer", async () => {
    const down = host("one", 1000);
    down.list = () => Promise.reject(new Error("connect ENOENT /none"));
    const hosts = [down];
    await expect(runPreflight(request(hosts), undefined, connect(hosts))).rejects.toThrow(
      "host `one` cannot be asked what is on it: connect ENOENT /none\n" +
        "    What to do: make sure that its Docker engine answers at unix:///none.",
    );
  });

  describe("while another release is in progress", () => {
    const settled = (number: number) => JSON.stringify({ settled: number, services: {} });
    async function held() {
      const busy = host("one", 1000);
      busy.files.set("/etc/longshore/state.json", settled(3));
      return { busy, lock: await lockHost(busy, "proxy", ownHolder()) };
    }
    const run = (busy: FakeHost, wait: number) =>
      runPreflight(request([busy]), undefined, connect([busy]), { wait });

    it("refuses before anything is created, and names who releases", async () => {
      const { busy, lock } = await held();
      await expect(run(busy, 0)).rejects.toThrow(
        `Another release is in progress on host \`one\`: ${ownHolder().actor}, process ${process.pid}`,
      );
      await lock.close();
      await run(busy, 0);
    });

    it("goes on if that one ends without a change", async () => {
      const { busy, lock } = await held();
      const waiting = run(busy, 20);
      await lock.close();
      await waiting;
    });

    it("refuses what was planned without the release that came meanwhile", async () => {
      const { busy, lock } = await held();
      const waiting = run(busy, 20);
      waiting.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      busy.files.set("/etc/longshore/state.json", settled(4));
      await lock.close();
      await expect(waiting).rejects.toThrow(
        "While this update waited, another release (4) came to host `one`",
      );
    });
  });

  it("goes by all of the machine's memory where nothing of the stack serves yet", async () => {
    const fresh = new FakeHost("one");
    expect(await inspectHost(fresh, "identidock/test")).toEqual({
      availableMemory: 2 ** 34,
      running: {},
      users: new Map(),
    });
  });
});
