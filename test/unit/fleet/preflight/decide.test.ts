/** Whether old and new replicas fit on a host together: exact numbers, and the text of a refusal. */
import { describe, expect, it } from "vitest";
import {
  type HostFacts,
  type RunningCopy,
  neededMemory,
  newCopies,
  refusals,
} from "../../../../components/fleet/preflight/decide.ts";
import type { WantedService } from "../../../../components/fleet/preflight/types.ts";
import { MIB, NEW, OLD, RESERVE, app } from "./example.ts";

const replica = (uses: number, more: Partial<RunningCopy> = {}): RunningCopy => ({
  container: "app-1",
  digests: [`registry.test/app@${OLD}`],
  limit: 256 * MIB,
  uses: uses * MIB,
  ...more,
});

const current = { digests: [`mirror.test/app@${OLD}`, `registry.test/app@${NEW}`] };

describe("newCopies", () => {
  type Row = [string, Partial<WantedService>, RunningCopy[], Record<string, string>, unknown[]];
  const both = [replica(100), replica(80)];
  const same = [replica(100, current), replica(80, current)];
  const rows: Row[] = [
    [
      "counts all replicas of another image, each with a quarter more than the largest old one uses",
      {},
      both,
      { app: "d1" },
      [{ service: "app", count: 2, each: 125 * MIB }],
    ],
    ["counts none where nothing changes", {}, same, { app: "d1" }, []],
    [
      "counts a replica at most with its limit",
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
      { replicas: 5 },
      same,
      {},
      [{ service: "app", count: 3, each: 125 * MIB }],
    ],
    ["counts none when replicas are taken away", { replicas: 1 }, same, {}, []],
    [
      "counts one replica of a ramped service",
      { ramped: true },
      both,
      {},
      [{ service: "app", count: 1, each: 125 * MIB }],
    ],
    [
      "counts 64 MiB for each replica of a service that does not serve yet",
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
      "counts all replicas of a ramped one that does not serve yet",
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
      { order: "stop-first", replicas: 1 },
      [],
      {},
      [{ service: "app", count: 1, each: 64 * MIB }],
    ],
  ];
  it.each(rows)("%s", (_what, changes, running, previous, replicas) => {
    expect(newCopies([{ ...app, ...changes }], { app: running }, previous)).toEqual(replicas);
  });
});

describe("refusals", () => {
  const replicas = [
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
    expect(neededMemory(replicas)).toBe(314 * MIB);
    expect(refusals("web-1", replicas, facts({}), RESERVE)).toEqual([]);
  });

  it("name needed, available, the biggest users and what to do", () => {
    const found = refusals("web-1", replicas, facts({ availableMemory: 314 * MIB - 1 }), RESERVE);
    expect(found).toEqual([
      [
        "host `web-1` has not enough memory for old and new replicas together: 314 MiB needed, 313 MiB available.",
        "    New replicas: app 2 × 125 MiB, worker 1 × 64 MiB",
        "    Biggest users now: redis-1 301 MiB, app-1 100 MiB, a 10 MiB, b 10 MiB, c 10 MiB",
        "    What to do: release replica by replica (ramped), lower the services' memory, end what is not " +
          "needed there, or use a host with more memory.",
      ].join("\n"),
    ]);
  });

  it("count what must stay free", () => {
    expect(refusals("web-1", replicas, facts({}), { ...RESERVE, memory: 1 })).toHaveLength(1);
  });

  it("name a full disk, beside the memory", () => {
    const full = facts({ availableMemory: 0, freeDisk: 1023 * MIB });
    const found = refusals("web-1", replicas, full, RESERVE);
    expect(found).toHaveLength(2);
    expect(found[1]).toBe(
      "host `web-1` has not enough disk space for new images: 1023 MiB are free, and 1024 MiB must be.\n" +
        "    What to do: remove what is not used there (`docker image prune -a`, `docker system df` " +
        "shows how much that is), or use a larger disk.",
    );
  });

  it("are none where nothing starts, or where nobody could look at the disk", () => {
    expect(refusals("web-1", [], facts({ availableMemory: 0, freeDisk: 0 }), RESERVE)).toEqual([]);
    expect(refusals("web-1", replicas, facts({ freeDisk: undefined }), RESERVE)).toEqual([]);
  });
});
