// Another container of the proxy: when it takes over, and which networks the one that serves is in until then.
import { describe, expect, it } from "vitest";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import type { FakeHost } from "../../../support/fakes/host.ts";

const next = (host: FakeHost) => {
  const containers = { redis: ["redis-1"], app: ["app-3", "app-4"] };
  const wanted = request([host], [redis("v1"), service("app", "v2")], containers);
  for (const each of wanted.hosts) each.proxy = "proxy-2";
  return wanted;
};

const withProxies = async (own: Record<string, string[]>, wanted: Record<string, string[]>) => {
  const host = await serving();
  host.addProxy("proxy-2");
  Object.assign(host.containers.get("proxy") ?? {}, { networks: own });
  Object.assign(host.containers.get("proxy-2") ?? {}, { networks: wanted });
  return host;
};

describe("another proxy", () => {
  it("takes over last in the same network", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    await release([host], next(host));
    expect(host.events.indexOf("start proxy-2")).toBeGreaterThan(
      host.events.indexOf("switch app.b"),
    );
    expect(host.events.join()).not.toMatch(/joins|leaves/);
  });

  it("takes over first where the one that serves lacks a name in its network", async () => {
    const host = await withProxies({ net: ["app"] }, { net: ["app", "redis"] });
    await release([host], next(host));
    expect(host.events.indexOf("start proxy-2")).toBeLessThan(host.events.indexOf("switch app.b"));
  });

  it("takes over last in another network, into which the one that serves comes first of all", async () => {
    const host = await withProxies({ net: ["app"] }, { other: [] });
    await release([host], next(host));
    expect(host.events[0]).toBe("proxy joins other");
    expect(host.events.indexOf("start proxy-2")).toBeGreaterThan(
      host.events.indexOf("switch app.b"),
    );
    expect(host.events.join()).not.toContain("leaves");
  });

  it("of a release that fails leaves the one that serves where it was", async () => {
    const host = await withProxies({ net: ["app"] }, { other: [] });
    host.containers.set("app-3", { running: false, fate: "exits" });
    await expect(release([host], next(host))).rejects.toThrow(
      "The release failed and was rolled back",
    );
    expect(host.events[0]).toBe("proxy joins other");
    expect(host.events.at(-1)).toBe("proxy leaves other");
    expect(host.containers.get("proxy")?.networks).toEqual({ net: ["app"] });
    expect(host.containers.get("proxy")?.running).toBe(true);
  });
});
