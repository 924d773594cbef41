// Another container of the proxy or the forwarder: when it takes over, what a visitor gets meanwhile, and which
// networks those that serve are in until then.
import { describe, expect, it } from "vitest";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import type { FakeHost } from "../../../support/fakes/host.ts";

const next = (host: FakeHost, wayIn: { proxy?: string; forwarder?: string }) => {
  const containers = { redis: ["redis-1"], app: ["app-3", "app-4"] };
  const wanted = request([host], [redis("v1"), service("app", "v2")], containers);
  for (const each of wanted.hosts) Object.assign(each, wayIn);
  return wanted;
};

/** The proxies that a visitor got to after each event, in their order; `-`: none. */
const watched = (host: FakeHost) => {
  const seen = ["proxy"];
  host.onEvent = () => {
    const now = host.reached ?? "-";
    if (seen.at(-1) !== now) seen.push(now);
  };
  return seen;
};

const withProxies = async (own: Record<string, string[]>, wanted: Record<string, string[]>) => {
  const host = await serving();
  host.addProxy("proxy-2");
  host.addForwarder("forwarder-2");
  Object.assign(host.containers.get("forwarder") ?? {}, { networks: own });
  Object.assign(host.containers.get("forwarder-2") ?? {}, { networks: wanted });
  return host;
};

/** As before there were forwarders: the proxy has the ports, and its file the name that is a forwarder's now. */
const oldStyle = async () => {
  const host = await serving();
  const file = (name: string) => host.files.get(`/etc/longshore/${name}`) ?? "";
  const state = JSON.parse(file("state.json")) as { forwarder?: string };
  delete state.forwarder;
  host.files.set("/etc/longshore/state.json", JSON.stringify(state));
  host.files.set("/etc/longshore/serving", file("serving").replace(/^=forwarder.*\n/m, ""));
  host.files.set("/etc/longshore/haproxy.cfg", file("proxy.cfg"));
  host.files.delete("/etc/longshore/proxy.cfg");
  host.containers.delete("forwarder");
  host.addProxy("proxy", { publishes: true });
  await host.start("proxy");
  host.record().entry = "";
  host.addProxy("proxy-2");
  host.events.length = 0;
  return host;
};

describe("another proxy", () => {
  it("takes over last behind the same forwarder, and visitors are never without one", async () => {
    const host = await serving();
    host.addProxy("proxy-2");
    const seen = watched(host);
    await release([host], next(host, { proxy: "proxy-2" }));
    const { events } = host;
    expect(events.indexOf("start proxy-2")).toBeGreaterThan(events.indexOf("switch app.b"));
    expect(events.indexOf("stop proxy")).toBeGreaterThan(events.indexOf("start proxy-2"));
    expect(seen).toEqual(["proxy", "proxy-2"]);
    expect(events.join()).not.toMatch(/joins|leaves|forwarder/);
    expect(host.files.get("/etc/longshore/serving")).toContain(
      "=proxy proxy-2\n=forwarder forwarder\n",
    );
  });

  it("that does not come up changes nothing for visitors", async () => {
    const host = await serving();
    host.addProxy("proxy-2");
    Object.assign(host.containers.get("proxy-2") ?? {}, { fate: "exits" });
    const seen = watched(host);
    await expect(release([host], next(host, { proxy: "proxy-2" }))).rejects.toThrow(
      "The proxy `proxy-2` does not start. Its last words:\nlast words of proxy-2",
    );
    expect(seen).toEqual(["proxy"]);
    expect(host.map.get("app")).toBe("app.a");
    expect(host.containers.get("proxy-2")?.running).toBe(false);
  });

  it("is not the one that serves when its deployer was killed before it took over", async () => {
    const host = await serving();
    host.addProxy("proxy-2");
    await host.start("proxy-2");
    const seen = watched(host);
    const containers = { redis: ["redis-1"], app: ["app-3"] };
    const again = request([host], [redis("v1"), service("app", "v2")], containers);
    for (const each of again.hosts) each.proxy = "proxy-2";
    await release([host], again);
    // Switched where visitors are, and handed over then.
    expect(seen).toEqual(["proxy", "proxy-2"]);
    expect(host.map.get("app")).toBe("app.b");
  });
});

describe("another forwarder", () => {
  it("takes over last, with a moment of closed ports", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    const seen = watched(host);
    await release([host], next(host, { forwarder: "forwarder-2" }));
    expect(host.events.indexOf("start forwarder-2")).toBeGreaterThan(
      host.events.indexOf("switch app.b"),
    );
    expect(seen).toEqual(["proxy", "-", "proxy"]);
    expect(host.events.join()).not.toMatch(/joins|leaves/);
  });

  it("comes after another proxy, which has no downtime of its own", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    const seen = watched(host);
    await release([host], next(host, { proxy: "proxy-2", forwarder: "forwarder-2" }));
    expect(seen).toEqual(["proxy", "proxy-2", "-", "proxy-2"]);
  });

  it("whose ports are taken leaves the one that served", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    // Of another stack, in the moment in which they are free.
    const stranger = { running: false, publishes: true };
    host.containers.set("stranger", stranger);
    let looks = 0;
    Object.defineProperty(stranger, "running", {
      get: () => host.containers.get("forwarder")?.running === false && looks++ < 1,
    });
    await expect(release([host], next(host, { forwarder: "forwarder-2" }))).rejects.toThrow(
      "port is already allocated",
    );
    expect(host.reached).toBe("proxy");
  });

  it("whose deployer is cut off half-way is replaced by the first one again", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    host.onEvent = (event) => {
      if (event === "stop forwarder") host.cutOff = true;
    };
    await expect(release([host], next(host, { forwarder: "forwarder-2" }))).rejects.toThrow();
    expect(host.reached).toBe("proxy");
    expect(host.containers.get("forwarder")?.running).toBe(true);
  });

  it("takes over first where the one that serves lacks a name in its network", async () => {
    const host = await withProxies({ net: ["app"] }, { net: ["app", "redis"] });
    await release([host], next(host, { forwarder: "forwarder-2" }));
    expect(host.events.indexOf("start forwarder-2")).toBeLessThan(
      host.events.indexOf("switch app.b"),
    );
  });

  it("takes over last in another network, into which those that serve come first of all", async () => {
    const host = await withProxies({ net: ["app"] }, { other: [] });
    Object.assign(host.containers.get("proxy") ?? {}, { networks: { net: [] } });
    Object.assign(host.containers.get("proxy-2") ?? {}, { networks: { other: [] } });
    await release([host], next(host, { proxy: "proxy-2", forwarder: "forwarder-2" }));
    expect(host.events.slice(0, 2)).toEqual(["forwarder joins other", "proxy joins other"]);
    expect(host.events.indexOf("start proxy-2")).toBeGreaterThan(
      host.events.indexOf("switch app.b"),
    );
    expect(host.events.join()).not.toContain("leaves");
  });

  it("of a release that fails leaves those that serve where they were", async () => {
    const host = await withProxies({ net: ["app"] }, { other: [] });
    host.containers.set("app-3", { running: false, fate: "exits" });
    await expect(release([host], next(host, { forwarder: "forwarder-2" }))).rejects.toThrow(
      "The release failed and was rolled back",
    );
    expect(host.events[0]).toBe("forwarder joins other");
    expect(host.events.at(-1)).toBe("forwarder leaves other");
    expect(host.containers.get("forwarder")?.networks).toEqual({ net: ["app"] });
    expect(host.reached).toBe("proxy");
  });
});

describe("a host of before there were forwarders", () => {
  const behind = { proxy: "proxy-2", forwarder: "proxy" };

  it("has its proxy become the forwarder by a reload, and visitors are never without one", async () => {
    const host = await oldStyle();
    const seen = watched(host);
    await release([host], next(host, behind));
    const { events } = host;
    expect(events.indexOf("start proxy-2")).toBeGreaterThan(events.indexOf("switch app.b"));
    expect(seen).toEqual(["proxy", "proxy-2"]);
    expect(events).not.toContain("stop proxy");
    expect(host.files.get("/etc/longshore/serving")).toContain(
      "=proxy proxy-2\n=forwarder proxy\n",
    );
    expect(host.files.get("/etc/longshore/haproxy.cfg")).toContain("listen port.60080");

    // And from then on it is one like any other.
    host.addProxy("proxy-3");
    const again = request([host], [redis("v1"), service("app", "v3")], {
      ...{ redis: ["redis-1"], app: ["app-5"] },
    });
    for (const each of again.hosts) Object.assign(each, { ...behind, proxy: "proxy-3" });
    await release([host], again);
    expect(seen).toEqual(["proxy", "proxy-2", "proxy-3"]);
  });

  it("serves as before when the other proxy does not come up", async () => {
    const host = await oldStyle();
    Object.assign(host.containers.get("proxy-2") ?? {}, { fate: "exits" });
    await expect(release([host], next(host, behind))).rejects.toThrow(
      "The proxy `proxy-2` does not start.",
    );
    expect(host.reached).toBe("proxy");
    expect(host.map.get("app")).toBe("app.a");
    expect(host.containers.get("proxy-2")?.running).toBe(false);
    expect(host.files.get("/etc/longshore/haproxy.cfg")).toContain("frontend public");
  });

  it("goes on where a deployer was cut off before it knew of the reload", async () => {
    const host = await oldStyle();
    const seen = watched(host);
    const note = host.onEvent;
    host.onEvent = (event) => {
      note(event);
      if (event === "reload forwarder") host.cutOff = true;
    };
    await expect(release([host], next(host, behind))).rejects.toThrow();
    host.cutOff = false;
    host.onEvent = note;
    await release([host], next(host, behind));
    expect(seen).not.toContain("-");
    expect(host.reached).toBe("proxy-2");
    expect(host.map.get("app")).toBe("app.b");
  });

  it("goes on where a deployer was cut off between the files and the reload", async () => {
    const host = await oldStyle();
    const seen = watched(host);
    await release([host], next(host, behind));
    // The process is still what it was: a proxy, as the files say nothing of any more.
    host.addProxy("proxy", { publishes: true });
    const files = new Map(host.files);
    host.files.set("/etc/longshore/haproxy.cfg", files.get("/etc/longshore/proxy.cfg") ?? "");
    await host.start("proxy");
    for (const [name, content] of files) host.files.set(name, content);
    expect(host.reached).toBe("proxy");
    await release([host], next(host, behind));
    expect(host.reached).toBe("proxy-2");
    expect(host.map.get("app")).toBe("app.b");
    expect(seen).not.toContain("-");
  });

  it("gets a forwarder with other ports after that", async () => {
    const host = await oldStyle();
    host.addForwarder("forwarder");
    const seen = watched(host);
    await release([host], next(host, { proxy: "proxy-2", forwarder: "forwarder" }));
    expect(seen).toEqual(["proxy", "proxy-2", "-", "proxy-2"]);
    expect(host.containers.get("proxy")?.running).toBe(false);
  });

  it("is as it was when a release fails after that", async () => {
    const host = await oldStyle();
    host.addForwarder("forwarder");
    // A name that the one with the ports lacks: it is replaced first.
    Object.assign(host.containers.get("proxy") ?? {}, { networks: { net: ["app"] } });
    Object.assign(host.containers.get("forwarder") ?? {}, { networks: { net: ["app", "redis"] } });
    host.containers.set("app-3", { running: false, fate: "exits" });
    const seen = watched(host);
    await expect(
      release([host], next(host, { proxy: "proxy-2", forwarder: "forwarder" })),
    ).rejects.toThrow("The release failed and was rolled back");
    expect(seen).toEqual(["proxy", "proxy-2", "-", "proxy-2", "-", "proxy-2", "proxy"]);
    expect(host.containers.get("proxy-2")?.running).toBe(false);
    expect(host.map.get("app")).toBe("app.a");
  });

  it("is brought up when nothing of it runs", async () => {
    const host = await oldStyle();
    await host.stop("proxy", 0);
    await release([host], next(host, behind));
    expect(host.reached).toBe("proxy-2");
  });
});

describe("a forwarder that was stopped", () => {
  it("is started first of all", async () => {
    const host = await serving();
    await host.stop("forwarder", 0);
    host.events.length = 0;
    await release([host], next(host, {}));
    expect(host.events[0]).toBe("start forwarder");
    expect(host.reached).toBe("proxy");
  });

  it("has its place taken by another one that is wanted", async () => {
    const host = await withProxies({ net: [] }, { net: [] });
    await host.stop("forwarder", 0);
    host.events.length = 0;
    await release([host], next(host, { forwarder: "forwarder-2" }));
    expect(host.events[0]).toBe("start forwarder-2");
    expect(host.reached).toBe("proxy");
  });
});
