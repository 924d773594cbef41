/** Services of other hosts during a release: where they are found before, meanwhile and after. */
import { describe, expect, it } from "vitest";
import {
  followOthers,
  followsOthers,
  stagedPeers,
} from "../../../../components/fleet/release/plan/peers.ts";
import type { HostRequest, HostState, RemoteService } from "../../../../components/fleet/types.ts";
import { release, request, service, serving } from "../../../support/release.ts";

const at = (host: string, port = 6379): RemoteService => ({
  at: [host],
  endpoint: { port, protocol: "tcp" },
});
const now = (more: Partial<HostState> = {}) => ({ services: {}, ...more }) as HostState;
const wanted = (remote?: Record<string, RemoteService>, peers?: true) =>
  ({ ...(remote && { remote }), ...(peers && { peers }) }) as HostRequest;

describe("while new versions prove themselves", () => {
  it("what is new elsewhere is found, and what serves stays where it is", () => {
    const before = now({ remote: { cache: at("10.0.0.2") } });
    const next = wanted({ cache: at("10.0.0.3"), store: at("10.0.0.3", 5432) }, true);
    expect(stagedPeers(before, next)).toEqual({
      remote: { cache: at("10.0.0.2"), store: at("10.0.0.3", 5432) },
      peers: true,
    });
    expect(stagedPeers(now(), wanted())).toEqual({});
  });

  it("new ports are there beside the old", () => {
    const before = now({ remote: { cache: at("10.0.0.2") } });
    expect(stagedPeers(before, wanted({ cache: at("10.0.0.2", 6380) })).remote).toEqual({
      cache: { ...at("10.0.0.2"), coming: { endpoint: { port: 6380, protocol: "tcp" } } },
    });
  });

  it("what serves here and will not is asked for here, and what will serve here where it is", () => {
    const here = { cache: {} } as unknown as HostState["services"];
    expect(stagedPeers(now({ services: here }), wanted({ cache: at("10.0.0.2") }))).toEqual({});
    const there = now({ remote: { cache: at("10.0.0.2") } });
    expect(stagedPeers(there, wanted()).remote).toEqual({ cache: at("10.0.0.2") });
  });
});

describe("a host follows the others", () => {
  it("when anything of them has changed", () => {
    const state = now({ remote: { cache: at("10.0.0.2") }, peers: true });
    expect(followsOthers(state, wanted({ cache: at("10.0.0.2") }, true))).toBe(false);
    expect(followsOthers(state, wanted({ cache: at("10.0.0.2") }))).toBe(true);
    expect(followsOthers(state, wanted({}, true))).toBe(true);
    expect(followOthers({ ...state }, wanted())).toEqual({ services: {} });
  });

  it("in the release that moves them, after the switch, and in one that has nothing else to do", async () => {
    const host = await serving();
    const containers = { redis: ["redis-1"], app: ["app-1", "app-2"] };
    const services = [service("redis", "v1"), service("app", "v1")];
    const moving = request([host], services, { ...containers });
    for (const own of moving.hosts) own.remote = { cache: at("10.0.0.2") };
    await release([host], { ...moving, services: request([host], services, containers).services });
    const state = () =>
      JSON.parse(host.files.get("/etc/longshore/state.json") ?? "{}") as HostState;
    expect(state().remote).toEqual({ cache: at("10.0.0.2") });
    expect(host.proxy.reloads).toBeGreaterThan(0);
  });

  it("and is told of what was before when the release fails", async () => {
    const [one, two] = [await serving("one"), await serving("two")];
    two.containers.set("app-3", { running: false, fate: "exits" });
    const wanted = request([one, two], [service("app", "v2")], { app: ["app-3"] });
    for (const own of wanted.hosts) own.remote = { cache: at("10.0.0.2") };
    await expect(release([one, two], wanted)).rejects.toThrow();
    for (const host of [one, two]) {
      const { remote } = JSON.parse(
        host.files.get("/etc/longshore/state.json") ?? "{}",
      ) as HostState;
      expect(remote).toBeUndefined();
    }
  });
});
