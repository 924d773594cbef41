/** The release over made-up hosts: what is started, switched and stopped, in which order. */
import { describe, expect, it } from "vitest";
import { FakeHost } from "../../../support/fakes/host.ts";
import { HTTP, redis, release, request, service, serving } from "../../../support/release.ts";
import { ReleaseFailure } from "../../../../components/fleet/release/failures.ts";

describe("a first release", () => {
  it("starts, gates and switches in link order", async () => {
    const host = new FakeHost("one");
    const { report } = await release(
      [host],
      request([host], [redis("v1"), service("app", "v1")], {
        redis: ["redis-1"],
        app: ["app-1", "app-2"],
      }),
    );
    expect(host.events).toEqual([
      ...["start proxy", "start forwarder"],
      ...["reload", "reload forwarder"],
      "start redis-1",
      "switch redis.a",
      "start app-1",
      "start app-2",
      "switch app.a",
    ]);
    expect(report).toEqual({
      release: 1,
      services: { app: { tag: "v1", changed: true }, redis: { tag: "v1", changed: true } },
      switchedAfter: expect.any(Number) as number,
    });
    expect(Object.fromEntries(host.map)).toEqual({ app: "app.a", redis: "redis.a" });
  });

  it("limits the processes of each container before it starts, and of none that serves", async () => {
    const host = await serving();
    const limitOf = (name: string) => host.containers.get(name)?.pids;
    expect([limitOf("redis-1"), limitOf("app-1")]).toEqual([2048, 2048]);
    for (const container of host.containers.values()) container.pids = undefined;
    const limits: Record<string, number | undefined> = {};
    host.onEvent = (event) => {
      const [what, name = ""] = event.split(" ");
      if (what === "start") limits[name] = limitOf(name);
    };
    const app = service("app", "v2", { pidsLimit: 300 });
    await release(
      [host],
      request([host], [redis("v1"), app], { redis: ["redis-1"], app: ["app-3"] }),
    );
    expect(limits).toEqual({ "app-3": 300 });
    expect([limitOf("redis-1"), limitOf("app-1")]).toEqual([undefined, undefined]);
  });

  it("stops everything new and serves nothing if one service fails", async () => {
    const host = new FakeHost("one", { "app-1": { running: false, fate: "exits" } });
    const failing = release(
      [host],
      request([host], [redis("v1"), service("app", "v1")], { redis: ["redis-1"], app: ["app-1"] }),
    );
    await expect(failing).rejects.toThrow(ReleaseFailure);
    expect(host.containers.get("redis-1")?.running).toBe(false);
    expect(host.map.size).toBe(0);
  });
});

describe("a release of the same shape", () => {
  it("starts beside the old, gates, switches by map, and reloads nothing", async () => {
    const host = await serving();
    const { report, lines } = await release(
      [host],
      request([host], [redis("v1"), service("app", "v2")], {
        redis: ["redis-1"],
        app: ["app-3", "app-4"],
      }),
    );
    expect(host.events).toEqual(["start app-3", "start app-4", "switch app.b"]);
    expect(host.proxy.reloads).toBe(0);
    expect(report.services).toEqual({
      app: { tag: "v2", changed: true, from: "v1" },
      redis: { tag: "v1", changed: false, from: "v1" },
    });
    expect(lines[0]).toBe("app v1 → v2: starting beside the old");
    // Pulumi deletes the old ones: they are not stopped here.
    expect(host.containers.get("app-1")?.running).toBe(true);
  });

  it("does nothing at all when nothing changed", async () => {
    const host = await serving();
    const files = () =>
      Object.fromEntries([...host.files].filter(([path]) => !path.endsWith("/lock.holder")));
    const before = files();
    const same = request([host], [redis("v1"), service("app", "v1")], {
      redis: ["redis-1"],
      app: ["app-1", "app-2"],
    });
    const { report } = await release([host], same);
    expect(host.events).toEqual([]);
    expect(report.release).toBe(1);
    expect(files()).toEqual(before);
  });

  it("alternates between the slots", async () => {
    const host = await serving();
    for (const [tag, name, slot] of [
      ["v2", "app-3", "app.b"],
      ["v3", "app-4", "app.a"],
      ["v4", "app-5", "app.b"],
    ] as const) {
      const containers = { redis: ["redis-1"], app: [name] };
      await release([host], request([host], [redis("v1"), service("app", tag)], containers));
      expect(host.map.get("app")).toBe(slot);
    }
  });

  it("waits for the old replicas' requests, and says how many the drain time cut off", async () => {
    const host = await serving();
    host.sessions = 2;
    const { lines } = await release(
      [host],
      request([host], [redis("v1"), service("app", "v2")], { redis: ["redis-1"], app: ["app-3"] }),
    );
    expect(lines).toContain(
      "app: 4 connections to the old version were still open on one after 1 s",
    );
  });
});

describe("a service of which two replicas cannot live", () => {
  const wanted = (host: FakeHost) =>
    request([host], [redis("v2"), service("app", "v1")], {
      redis: ["redis-2"],
      app: ["app-1", "app-2"],
    });

  it("is stopped, then started, then gated and switched", async () => {
    const host = await serving();
    const { lines } = await release([host], wanted(host));
    expect(host.events).toEqual([
      "add held.map redis 1",
      "stop redis-1",
      "start redis-2",
      "switch redis.b",
      "del held.map redis",
    ]);
    expect(lines).toContain("redis v1 → v2: stopping the old first, brief downtime");
  });

  it("comes back in its old version if the new one fails, which proves itself before it is sent to", async () => {
    const host = await serving();
    host.containers.set("redis-2", { running: false, fate: "exits" });
    const { proxy } = host;
    const tell = proxy.tell.bind(proxy);
    proxy.tell = (line) => {
      if (line.includes("set server redis.a/s1 health down")) host.note("doubt redis.a");
      return tell(line);
    };
    await expect(release([host], wanted(host))).rejects.toThrow("service `redis` v2");
    const back = host.events.slice(host.events.indexOf("start redis-1"));
    expect(back).toEqual(["start redis-1", "doubt redis.a", "del held.map redis"]);
    expect(host.containers.get("redis-1")?.running).toBe(true);
    expect(host.map.get("redis")).toBe("redis.a");
  });
});

describe("what changes beside versions", () => {
  it("starts again what was stopped by hand, without a switch", async () => {
    const host = await serving();
    host.containers.set("app-2", { running: false });
    await release(
      [host],
      request([host], [redis("v1"), service("app", "v1")], {
        redis: ["redis-1"],
        app: ["app-1", "app-2"],
      }),
    );
    expect(host.events).toEqual(["start app-2"]);
  });

  it("tries a new health check on the same containers before it counts", async () => {
    const host = await serving();
    for (const name of ["app-1", "app-2"])
      host.containers.set(name, { running: true, fate: "deaf" });
    const health = { ...HTTP, path: "/nowhere" };
    const wanted = request([host], [redis("v1"), service("app", "v1", { health })], {
      redis: ["redis-1"],
      app: ["app-1", "app-2"],
    });
    await expect(release([host], wanted)).rejects.toThrow(ReleaseFailure);
    expect(host.map.get("app")).toBe("app.a");
    expect(host.containers.get("app-1")?.running).toBe(true);
    expect(host.files.get("/etc/longshore/proxy.cfg")).not.toContain("/nowhere");
  });

  it("notes another tag of the same containers, and switches nothing", async () => {
    const host = await serving();
    const { report } = await release(
      [host],
      request([host], [redis("v1"), service("app", "v1.1")], {
        redis: ["redis-1"],
        app: ["app-1", "app-2"],
      }),
    );
    expect(host.events).toEqual([]);
    expect(report.services.app).toEqual({ tag: "v1.1", changed: true, from: "v1" });
    expect(host.files.get("/etc/longshore/state.json")).toContain('"tag": "v1.1"');
  });

  it("keeps the running replicas when it scales, and reloads once for more than there ever were", async () => {
    const host = await serving();
    const scale = (...app: string[]) =>
      release(
        [host],
        request([host], [redis("v1"), service("app", "v1")], { redis: ["redis-1"], app }),
      );
    await scale("app-1", "app-2", "app-3");
    expect(host.events).toEqual(["reload", "start app-3", "switch app.b"]);
    expect(host.containers.get("app-1")?.running).toBe(true);
    host.events.length = 0;
    await scale("app-1");
    await scale("app-1", "app-4");
    await scale("app-1", "app-4", "app-5");
    expect(host.events.filter((event) => event === "reload")).toEqual([]);
    expect(host.events.filter((event) => event.startsWith("switch"))).toHaveLength(3);
  });

  it("takes a removed service out of the proxy at the very end", async () => {
    const host = await serving();
    const wanted = request([host], [service("app", "v2")], { app: ["app-3", "app-4"] });
    await release([host], wanted);
    expect(host.events).toEqual([
      ...["start app-3", "start app-4", "switch app.b", "unswitch redis", "reload"],
      "reload forwarder",
    ]);
  });

  it("sweeps containers that nobody knows", async () => {
    const host = await serving();
    host.containers.set("stray", { running: true });
    await release(
      [host],
      request([host], [redis("v1"), service("app", "v2")], { redis: ["redis-1"], app: ["app-3"] }),
    );
    expect(host.events.slice(-2)).toEqual(["stop stray", "remove stray"]);
    expect([...host.containers.keys()].sort()).toEqual([
      ...["app-1", "app-2", "app-3", "forwarder", "proxy", "redis-1"],
    ]);
  });

  it("sweeps the proxy that another deployer had made and not come to use", async () => {
    const host = await serving();
    host.addProxy("proxy-2");
    await release(
      [host],
      request([host], [redis("v1"), service("app", "v2")], { redis: ["redis-1"], app: ["app-3"] }),
    );
    expect(host.containers.has("proxy-2")).toBe(false);
    expect(host.containers.get("proxy")?.running).toBe(true);
  });

  it("trusts the running proxy where a killed release left file and proxy apart", async () => {
    const host = await serving();
    const state = host.files.get("/etc/longshore/state.json") ?? "";
    host.files.set("/etc/longshore/state.json", state.replace('"active": "a"', '"active": "b"'));
    await release(
      [host],
      request([host], [redis("v1"), service("app", "v2")], { redis: ["redis-1"], app: ["app-3"] }),
    );
    expect(host.map.get("app")).toBe("app.b");
  });

  it("puts secrets into the volumes of new containers before they start", async () => {
    const host = await serving();
    const wanted = request([host], [redis("v1"), service("app", "v2")], {
      redis: ["redis-1"],
      app: ["app-3"],
    });
    const files = { SESSION_KEY: "canary" };
    wanted.hosts[0]?.secrets.push({ volume: "app-secrets-1", container: "app-3", files });
    wanted.hosts[0]?.secrets.push({ volume: "redis-secrets-1", container: "redis-1", files });
    await release([host], wanted);
    expect(Object.fromEntries(host.volumes)).toEqual({ "app-secrets-1": files });
  });
});
