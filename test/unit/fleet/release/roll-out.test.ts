/** What a release does between start and switch: strategies, checks, commands. */
import { describe, expect, it } from "vitest";
import { StartFailure } from "../../../../components/engine/host.ts";
import type { Strategy } from "../../../../components/services/index.ts";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import { LEFT_ALONE, V2, appRelease, stateOf } from "./app-release.ts";

describe("a canary", () => {
  const pace = { watch: 0.6, maxErrors: 1, minRequests: 20 };
  const strategy: Strategy = { kind: "canary", steps: [10, 50], ...pace };

  it("moves requests share by share, then all of them", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      const done = host.traffic.get("app.b")?.requests ?? 0;
      if (event.includes("canary.map"))
        host.traffic.set("app.b", { requests: done + 30, errors: 0 });
    };
    const told: string[] = [];
    host.guarded.push = (...words) => told.push(...words);
    const { lines } = await release([host], appRelease(host, { strategy }));
    expect(host.events).toEqual([
      ...["start app-3", "start app-4"],
      ...["add canary.map app 10", "set canary.map app 50"],
      ...["switch app.b", "del canary.map app"],
    ]);
    expect(lines).toContain("app: 10 % of the requests go to v2, watched for 0.6 s");
    expect(lines).toContain("app: 30 requests, 0 errors, 0.0 ms");
    expect(told).toContain("canary app");
    expect(stateOf(host).services.app).not.toHaveProperty("canary");
  });

  it("is rolled back when the new version fails requests", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      if (event.includes("canary.map app 10")) {
        host.traffic.set("app.b", { requests: 40, errors: 2 });
      }
    };
    await expect(release([host], appRelease(host, { strategy }))).rejects.toThrow(
      "service `app` v2: its canary at 10 % was aborted: 2 of 40 requests failed (5.0 %, at most 1 %).",
    );
    expect(host.events.slice(-3)).toEqual(["del canary.map app", "stop app-3", "stop app-4"]);
    expect(host.map.get("app")).toBe("app.a");
    expect(stateOf(host).services.app).not.toHaveProperty("canary");
  });

  it("is not made where replicas are only added", async () => {
    const host = await serving();
    await release([host], appRelease(host, { strategy, tag: "v1" }, ["app-1", "app-2", "app-3"]));
    expect(host.events.filter((event) => event.includes("canary"))).toEqual([]);
    expect(host.map.get("app")).toBe("app.b");
  });

  it("that was interrupted goes back first if another version is wanted", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      if (event === "add canary.map app 10") host.cutOff = true; // the deployer is killed
    };
    await expect(release([host], appRelease(host, { strategy }))).rejects.toThrow(LEFT_ALONE);
    expect(host.maps.get("canary.map")?.get("app")).toBeUndefined(); // by the guard on the host
    expect(stateOf(host).services.app?.canary).toBe(10);
    Object.assign(host, { cutOff: false, onEvent: () => {} });
    host.events.length = 0;
    const { lines } = await release([host], appRelease(host, {}, ["app-5"]));
    expect(lines[0]).toBe("app: an interrupted release on one is rolled back first");
    expect(host.map.get("app")).toBe("app.b");
  });
});

describe("a ramped release", () => {
  const strategy = { kind: "ramped" } as const;

  it("starts, gates and retires replica by replica", async () => {
    const host = await serving();
    await release([host], appRelease(host, { strategy }));
    expect(host.events).toEqual([
      ...["start app-3", "add canary.map app 50", "stop app-1"],
      ...["start app-4", "switch app.b", "del canary.map app"],
    ]);
  });

  it("brings the old replicas back when a later one fails", async () => {
    const host = await serving();
    host.containers.set("app-4", { running: false, fate: "exits" });
    await expect(release([host], appRelease(host, { strategy }))).rejects.toThrow("exited with");
    expect(host.containers.get("app-1")?.running).toBe(true);
    expect(host.containers.get("app-3")?.running).toBe(false);
    expect(host.map.get("app")).toBe("app.a");
    expect(host.maps.get("canary.map")?.size).toBe(0);
    const back = host.events.indexOf("start app-1");
    expect(back).toBeGreaterThan(-1);
    expect(back).toBeLessThan(host.events.indexOf("del canary.map app"));
  });
});

describe("several services that fail, each in its own way", () => {
  it("are named together, also where one cannot be started at all", async () => {
    const host = await serving();
    const services = [redis("v1"), service("app", "v2"), service("web", "v2")];
    const one = request([host], [redis("v1"), service("app", "v1"), service("web", "v1")], {
      ...{ redis: ["redis-1"], app: ["app-1", "app-2"], web: ["web-1"] },
    });
    await release([host], one);
    host.containers.set("app-3", { running: false, fate: "exits" });
    const start = host.start.bind(host);
    host.start = (container) =>
      container === "web-2"
        ? Promise.reject(new StartFailure("web-2", "one", "no such file or directory"))
        : start(container);
    const both = request([host], services, { redis: ["redis-1"], app: ["app-3"], web: ["web-2"] });
    const failing = release([host], both);
    await expect(failing).rejects.toThrow("service `app` v2 on host `one`: exited with code 3");
    await expect(failing).rejects.toThrow("service `web` v2 on host `one`: cannot be started");
  });
});

describe("a healthy answer of another container", () => {
  it("that had the address before does not open the gate", async () => {
    const host = await serving();
    host.stale.set("app-3", "10.9.0.1");
    await expect(release([host], appRelease(host, {}))).rejects.toThrow("not healthy after 0.6 s");
    expect(host.map.get("app")).toBe("app.a");
  });

  it("at its new address, too, does not open the gate", async () => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate: "deaf" });
    // The checks of a release that was killed went to what has the address that app-3 gets now.
    host.onEvent = (event) => {
      if (event === "start app-3") host.proxy.remembered.add("app.b/s1");
    };
    await expect(release([host], appRelease(host, {}))).rejects.toThrow("not healthy after 0.6 s");
    expect(host.map.get("app")).toBe("app.a");
  });

  it("is forgotten when the proxy learns the new address", async () => {
    const host = await serving();
    host.stale.set("app-3", "10.9.0.1");
    let looks = 0;
    const inspect = host.inspect.bind(host);
    host.inspect = (name) => {
      if (name === "app-3" && ++looks === 3) host.stale.clear();
      return inspect(name);
    };
    await release([host], appRelease(host, { deadline: 5 }));
    expect(looks).toBeGreaterThan(3);
    expect(host.map.get("app")).toBe("app.b");
  });
});

describe("smoke checks", () => {
  const smoke = [{ path: "/page", status: 200, requestHeaders: {}, headers: {} }];

  it("of a new replica stop the release before the switch", async () => {
    const host = await serving();
    host.answers.set("http://app-4:9090/page", { status: 500 });
    await expect(release([host], appRelease(host, { smoke }))).rejects.toThrow(
      "service `app` v2 on host `one`: smoke check `GET /page` answered 500 instead of 200.",
    );
    expect(host.events).not.toContain("switch app.b");
  });

  it("after the switch switch back", async () => {
    const host = await serving();
    host.answers.set("http://127.0.0.1:9090/page", { status: 404 });
    await expect(release([host], appRelease(host, { smoke }))).rejects.toThrow(
      "on host `one`, after the switch: smoke check `GET /page` answered 404 instead of 200.",
    );
    expect(host.events.filter((event) => event.startsWith("switch"))).toEqual([
      "switch app.b",
      "switch app.a",
    ]);
    expect(host.containers.get("app-3")?.running).toBe(false);
  });
});

describe("smoke checks of a service that links reach elsewhere", () => {
  it("ask there after the switch", async () => {
    const host = await serving();
    host.answers.set("http://127.0.0.1:8000/page", { status: 404 });
    const smoke = [{ path: "/page", status: 200, requestHeaders: {}, headers: {} }];
    const endpoint = { port: 9090, protocol: "http", linkPort: 8000 } as const;
    await expect(release([host], appRelease(host, { smoke, endpoint }))).rejects.toThrow(
      "on host `one`, after the switch: smoke check `GET /page` answered 404 instead of 200.",
    );
  });
});

describe("smoke checks with a Host header of their own", () => {
  const requestHeaders = { host: "shop.example" };
  const smoke = [{ path: "/page", status: 200, requestHeaders, headers: {} }];

  it("ask the replicas after the switch, too: a proxy would take them for another service's", async () => {
    const host = await serving();
    host.answers.set("http://127.0.0.1:9090/page", { status: 503 });
    await release([host], appRelease(host, { smoke }));
    expect(host.map.get("app")).toBe("app.b");
  });

  it("switch back after it", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      if (event === "switch app.b") host.answers.set("http://app-4:9090/page", { status: 500 });
    };
    await expect(release([host], appRelease(host, { smoke }))).rejects.toThrow(
      "on host `one`, after the switch: smoke check `GET /page` answered 500 instead of 200.",
    );
    expect(host.map.get("app")).toBe("app.a");
  });
});

describe("a release command", () => {
  const releaseCommand = ["node", "migrate.js"];

  it("runs once, before anything starts", async () => {
    const hosts = [await serving("one"), await serving("two")];
    const wanted = request(hosts, [redis("v1"), service("app", "v2", { releaseCommand })], {
      ...{ redis: ["redis-1"], app: V2 },
    });
    const { lines } = await release(hosts, wanted);
    expect(hosts[0]?.events.slice(0, 2)).toEqual(["run node migrate.js like app-3", "start app-3"]);
    expect(hosts[1]?.events[0]).toBe("start app-3");
    expect(lines).toContain("app: | node was here");
  });

  it("that fails leaves everything as it was", async () => {
    const host = await serving();
    host.commandExit = 3;
    await expect(release([host], appRelease(host, { releaseCommand }))).rejects.toThrow(
      [
        "service `app` v2 on host `one`: its release command `node migrate.js` exited with code 3.",
        "    What to do: Look at its log lines below.",
        "    Its last 20 log lines (app-3):",
        "    | node was here",
      ].join("\n"),
    );
    expect(host.events).toEqual(["run node migrate.js like app-3"]);
  });
});
