/** Whether old and new copies fit on a host together: exact numbers, and the text of a refusal. */
import { describe, expect, it } from "vitest";
import {
  type HostFacts,
  type RunningCopy,
  neededMemory,
  newCopies,
  refusals,
} from "../../../components/fleet/preflight/decide.ts";
import { lookAt, parseDf, parseMeminfo } from "../../../components/fleet/preflight/look.ts";
import { runPreflight } from "../../../components/fleet/preflight/run.ts";
import type { PreflightRequest, WantedService } from "../../../components/fleet/preflight/types.ts";
import { lockHost, ownHolder } from "../../../components/fleet/state/lock.ts";
import { FakeHost } from "../../support/fake-host.ts";

const MIB = 1024 * 1024;
const OLD = `sha256:${"1".repeat(64)}`;
const NEW = `sha256:${"2".repeat(64)}`;
const RESERVE = { memory: 0, disk: 1024 * MIB };

const app: WantedService = {
  name: "app",
  image: `registry.test/app@${NEW}`,
  definition: "d1",
  order: "start-first",
  ramped: false,
  copies: 2,
  memory: 256 * MIB,
};
const copy = (uses: number, more: Partial<RunningCopy> = {}): RunningCopy => ({
  container: "app-1",
  digests: [`registry.test/app@${OLD}`],
  limit: 256 * MIB,
  uses: uses * MIB,
  ...more,
});
const current = { digests: [`mirror.test/app@${OLD}`, `registry.test/app@${NEW}`] };

describe("newCopies", () => {
  type Row = [string, Partial<WantedService>, RunningCopy[], Record<string, string>, unknown[]];
  const both = [copy(100), copy(80)];
  const same = [copy(100, current), copy(80, current)];
  const rows: Row[] = [
    [
      "counts all copies of another image, each with a quarter more than the largest old one uses",
      {},
      both,
      { app: "d1" },
      [{ service: "app", count: 2, each: 125 * MIB }],
    ],
    ["counts none where nothing changes", {}, same, { app: "d1" }, []],
    [
      "counts a copy at most with its limit",
      { memory: 110 * MIB },
      both,
      {},
      [{ service: "app", count: 2, each: 110 * MIB }],
    ],
    [
      "takes another limit for a change",
      { memory: 512 * MIB },
      same,
      {},
      [{ service: "app", count: 2, each: 125 * MIB }],
    ],
    [
      "takes another definition for a change",
      { definition: "d2" },
      same,
      { app: "d1" },
      [{ service: "app", count: 2, each: 125 * MIB }],
    ],
    ["takes a definition that it does not know for the same", { definition: "d2" }, same, {}, []],
    [
      "counts what is added",
      { copies: 5 },
      same,
      {},
      [{ service: "app", count: 3, each: 125 * MIB }],
    ],
    ["counts none when copies are taken away", { copies: 1 }, same, {}, []],
    [
      "counts one copy of a ramped service",
      { ramped: true },
      both,
      {},
      [{ service: "app", count: 1, each: 125 * MIB }],
    ],
    [
      "counts 64 MiB for each copy of a service that does not serve yet",
      {},
      [],
      {},
      [{ service: "app", count: 2, each: 64 * MIB }],
    ],
    [
      "and its limit, if that is lower",
      { memory: 32 * MIB },
      [],
      {},
      [{ service: "app", count: 2, each: 32 * MIB }],
    ],
    [
      "counts all copies of a ramped one that does not serve yet",
      { ramped: true },
      [],
      {},
      [{ service: "app", count: 2, each: 64 * MIB }],
    ],
    [
      "counts none that starts after the old one has stopped",
      { order: "stop-first" },
      both,
      {},
      [],
    ],
    [
      "counts a stop-first one that does not serve yet",
      { order: "stop-first", copies: 1 },
      [],
      {},
      [{ service: "app", count: 1, each: 64 * MIB }],
    ],
  ];
  it.each(rows)("%s", (_what, changes, running, previous, copies) => {
    expect(newCopies([{ ...app, ...changes }], { app: running }, previous)).toEqual(copies);
  });
});

describe("refusals", () => {
  const copies = [
    { service: "app", count: 2, each: 125 * MIB },
    { service: "worker", count: 1, each: 64 * MIB },
  ];
  const facts = (changes: Partial<HostFacts>): HostFacts => ({
    availableMemory: 314 * MIB,
    freeDisk: 1024 * MIB,
    running: {},
    users: new Map([
      ["small", 1 * MIB],
      ["app-1", 100 * MIB],
      ["redis-1", 300.5 * MIB],
      ...["a", "b", "c", "d"].map((name) => [name, 10 * MIB] as const),
    ]),
    ...changes,
  });

  it("are none where it just fits", () => {
    expect(neededMemory(copies)).toBe(314 * MIB);
    expect(refusals("web-1", copies, facts({}), RESERVE)).toEqual([]);
  });

  it("name needed, available, the biggest users and what to do", () => {
    const found = refusals("web-1", copies, facts({ availableMemory: 314 * MIB - 1 }), RESERVE);
    expect(found).toEqual([
      [
        "host `web-1` has not enough memory for old and new copies together: 314 MiB needed, 313 MiB available.",
        "    New copies: app 2 × 125 MiB, worker 1 × 64 MiB",
        "    Biggest users now: redis-1 301 MiB, app-1 100 MiB, a 10 MiB, b 10 MiB, c 10 MiB",
        "    What to do: release copy by copy (ramped), lower the services' memory, end what is not " +
          "needed there, or use a host with more memory.",
      ].join("\n"),
    ]);
  });

  it("count what must stay free", () => {
    expect(refusals("web-1", copies, facts({}), { ...RESERVE, memory: 1 })).toHaveLength(1);
  });

  it("name a full disk, beside the memory", () => {
    const full = facts({ availableMemory: 0, freeDisk: 1023 * MIB });
    const found = refusals("web-1", copies, full, RESERVE);
    expect(found).toHaveLength(2);
    expect(found[1]).toBe(
      "host `web-1` has not enough disk space for new images: 1023 MiB are free, and 1024 MiB must be.\n" +
        "    What to do: remove what is not used there (`docker image prune -a`, `docker system df` " +
        "shows how much that is), or use a larger disk.",
    );
  });

  it("are none where nothing starts, or where nobody could look at the disk", () => {
    expect(refusals("web-1", [], facts({ availableMemory: 0, freeDisk: 0 }), RESERVE)).toEqual([]);
    expect(refusals("web-1", copies, facts({ freeDisk: undefined }), RESERVE)).toEqual([]);
  });
});

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
    Object.assign(made.look, {
      memoryUse: () => Promise.resolve(new Map([["app-1", 100 * MIB]])),
      container: () => Promise.resolve({ digests: [`r/app@${OLD}`], memoryLimit: 256 * MIB }),
    });
    made.exec = (_container, [command]) =>
      Promise.resolve({
        ...{ exitCode: 0, stderr: "" },
        stdout:
          command === "df"
            ? "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 9 8 4194304 58% /\n"
            : `MemAvailable: ${available * 1024} kB\n`,
      });
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
    expect(await runPreflight(request(hosts), undefined, connect(hosts))).toEqual({
      definitions: { app: "d1" },
      hosts: {
        one: { neededMemory: 250 * MIB, availableMemory: 1000 * MIB, freeDisk: 4096 * MIB },
        two: { neededMemory: 250 * MIB, availableMemory: 2000 * MIB, freeDisk: 4096 * MIB },
      },
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
    expect(await lookAt(fresh, "identidock/test")).toEqual({
      availableMemory: 2 ** 34,
      running: {},
      users: new Map(),
    });
  });
});
