/** Whose a stack on a host is. */
import { describe, expect, it } from "vitest";
import { FakeHost } from "../../../support/fakes/host.ts";
import type { ContainerView } from "../../../../components/engine/host.ts";
import {
  type Claim,
  ForeignStack,
  type Found,
  checkOwner,
  readState,
  recordVolume,
} from "../../../../components/fleet/state/record.ts";

const MINE = "a".repeat(32);
const OTHER = { id: "b".repeat(32), actor: "ana@laptop", since: "2026-11-27T08:00:00Z" };
const claim = (more: Partial<Claim> = {}): Claim => ({
  ...{ stack: "identidock/local", identity: MINE, released: false, takeOver: false },
  ...more,
});
const container = (name: string, running = true, labels: Record<string, string> = {}) =>
  ({ name, running, labels }) as unknown as ContainerView;
const check = (own: Claim, found: Partial<Found>, known: string[] = []) =>
  checkOwner("web-1", own, { containers: [], ...found }, known);

describe("the record's volume", () => {
  it("has a name that follows from the stack alone, and is one that engines take", () => {
    expect(recordVolume("identidock/local")).toMatch(/^longshore-identidock-local-[0-9a-f]{8}$/);
    expect(recordVolume("identidock/local")).toBe(recordVolume("identidock/local"));
    expect(recordVolume("a/b-c")).not.toBe(recordVolume("a-b/c"));
    expect(recordVolume("org/projekt ä/x")).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
  });
});

describe("a record of before", () => {
  it("is read as today's: a list of healthy statuses, and headers also where there are none", async () => {
    const host = new FakeHost("one");
    const health = { kind: "http", path: "/health", interval: 1, timeout: 1, successes: 1 };
    const slot = { tag: "v1", servers: ["app-1"], endpoint: { port: 80, protocol: "http" } };
    const services = {
      app: {
        active: "a",
        a: { ...slot, health: { ...health, status: 200 } },
        b: { ...slot, health },
      },
      job: { active: "a", a: { ...slot, health: { kind: "running", seconds: 5 } }, b: null },
    };
    host.files.set("/etc/longshore/state.json", JSON.stringify({ release: 1, services }));
    const read = await readState(host, "proxy");
    expect(read?.services.app?.a?.health).toEqual({ ...health, status: [200], requestHeaders: {} });
    expect(read?.services.app?.b?.health).toEqual({ ...health, requestHeaders: {} });
    expect(read?.services.job).toEqual(services.job);
  });
});

describe("a host", () => {
  it.each<[string, Claim, Partial<Found>, string[]]>([
    ["nothing of the stack is on", claim(), {}, []],
    ["this state owns", claim(), { owner: { ...OTHER, id: MINE } }, []],
    ["is to be taken over", claim({ takeOver: true }), { owner: OTHER }, []],
    ["has only stopped containers", claim(), { containers: [container("x", false)] }, []],
    ["has only helpers", claim(), { containers: [container("x", true, LOCK)] }, []],
    ["runs what this update made", claim(), { containers: [container("app-1")] }, ["app-1"]],
    [
      "this state released to before hosts had owners",
      claim({ released: true }),
      { containers: [container("x")], volumes: ["data"] },
      [],
    ],
  ])("that %s lets a release pass", (_, own, found, known) => {
    expect(() => check(own, found, known)).not.toThrow();
  });

  it("of another state names its owner and the way out", () => {
    expect(() => check(claim({ released: true }), { owner: OTHER })).toThrow(ForeignStack);
    expect(() => check(claim(), { owner: OTHER })).toThrow(
      "Host `web-1` serves the stack `identidock/local` for another state: that of ana@laptop, since " +
        "2026-11-27T08:00:00Z (bbbbbbbb; this one is aaaaaaaa). Nothing was changed.",
    );
  });

  it("with containers or volumes that nobody owns names them to a state that is new there", () => {
    const containers = [container("app-1"), container("app-2"), container("x", true, LOCK)];
    expect(() => check(claim(), { containers, volumes: ["data"] }, ["app-2"])).toThrow(
      "Host `web-1` has the stack `identidock/local` already, and this state has never released there: " +
        "container app-1, volume data. Nothing was changed.",
    );
  });
});

const LOCK = { "longshore.helper": "lock" };
