/** A release that fails over made-up hosts: what is rolled back, and what is said. */
import { describe, expect, it } from "vitest";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import { ReleaseFailure } from "../../../../components/fleet/release/failures.ts";

describe("a failing release", () => {
  const rows: [string, "exits" | "deaf" | "slow", string][] = [
    ["exits at once", "exits", "service `app` v2 on host `one`: exited with code 3."],
    [
      "listens nowhere",
      "deaf",
      "not healthy after 0.6 s: nothing listens on port 9090 (Connection refused).",
    ],
    [
      "is too slow",
      "slow",
      "not healthy after 0.6 s: `GET /health` is too slow: no answer in 2000 ms.",
    ],
  ];
  it.each(rows)("that %s leaves the old serving and says why", async (_what, fate, message) => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate });
    const wanted = request([host], [redis("v1"), service("app", "v2")], {
      redis: ["redis-1"],
      app: ["app-3", "app-4"],
    });
    const error = await release([host], wanted).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(ReleaseFailure);
    expect(error?.message).toContain(message);
    expect(error?.message).toContain("last words of app-3");
    expect(error?.message).toContain("was rolled back: the old version serves");
    expect(host.map.get("app")).toBe("app.a");
    expect(host.containers.get("app-3")?.running).toBe(false);
    expect(host.containers.get("app-4")?.running).toBe(false);
    expect(host.containers.get("app-1")?.running).toBe(true);
  });

  it("names the exit code also of a container that is restarted again and again", async () => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate: "loops" });
    const wanted = request([host], [redis("v1"), service("app", "v2")], {
      redis: ["redis-1"],
      app: ["app-3"],
    });
    await expect(release([host], wanted)).rejects.toThrow(
      "service `app` v2 on host `one`: exited with code 7 and was restarted (2 ×).",
    );
  });

  it("leaves nothing that the next one must reload the proxy for", async () => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate: "exits" });
    const wanted = (name: string) =>
      request([host], [redis("v1"), service("app", "v2")], {
        redis: ["redis-1"],
        app: [name, "app-4"],
      });
    await expect(release([host], wanted("app-3"))).rejects.toThrow(ReleaseFailure);
    expect(host.proxy.servers.get("app.b/s1")?.fqdn).toBe("app-1");
    await release([host], wanted("app-5"));
    expect(host.proxy.reloads).toBe(0);
  });

  it("is repaired by the next one", async () => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate: "exits" });
    const wanted = (name: string) =>
      request([host], [redis("v1"), service("app", "v2")], { redis: ["redis-1"], app: [name] });
    await expect(release([host], wanted("app-3"))).rejects.toThrow(ReleaseFailure);
    await release([host], wanted("app-4"));
    expect(host.map.get("app")).toBe("app.b");
  });

  it("on one host of two switches neither", async () => {
    const hosts = [await serving("one"), await serving("two")] as const;
    hosts[1].containers.set("app-3", { running: false, fate: "exits" });
    const failing = release(
      [...hosts],
      request([...hosts], [redis("v1"), service("app", "v2")], {
        redis: ["redis-1"],
        app: ["app-3"],
      }),
    );
    await expect(failing).rejects.toThrow("on host `two`: exited with code 3");
    for (const host of hosts) {
      expect(host.map.get("app")).toBe("app.a");
      expect(host.containers.get("app-3")?.running).toBe(false);
    }
  });
});
