/**
 * Releases under mixed load, a sample of `npm run bench:releases`: GETs and POSTs on kept and new
 * connections, WebSockets and downloads while versions change, fail, and are killed half-way.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CaseResult, underLoad } from "../support/load/case.ts";
import { Load, type LoadResult } from "../support/load/index.ts";
import { inventory, serving } from "../support/load/inventory.ts";
import {
  clearUp,
  replicas,
  crash,
  kill,
  processesEnd,
  reach,
  watchAt,
} from "../support/load/kill.ts";
import type { Step, Victim } from "../support/load/kill.ts";
import { LoadSystem } from "../support/load/system.ts";

/** Small: the machine that tests is the machine that serves. */
const LOAD = { rate: 150, downloadSeconds: 3, timeout: 10_000 };
/** Of each of two more loads. */
const NAMED = { rate: 20, timeout: 10_000 };
const DRAIN = 5;

let system: LoadSystem;
let known: string[];

beforeAll(async () => {
  system = await LoadSystem.create("releases", { drain: DRAIN });
  await system.images.test();
  await system.up();
  await system.expectNoChanges();
  known = await inventory(system);
});

afterAll(() => system.destroy());

describe("a release of app and of the worker behind it, together", () => {
  let result: CaseResult;
  /** Of requests that the worker gets at its named ports: one speaks HTTP, the other is passed as TCP. */
  let named: LoadResult[];

  beforeAll(async () => {
    system.change({ app: await system.newVersion(), dnmonster: await system.newVersion() });
    result = await underLoad(system, { load: LOAD, before: 2, after: 1 }, async () => {
      const loads = ["DNMONSTER_ADMIN", "DNMONSTER_RAW"].map((link) =>
        Load.start(`${system.url}/via?link=${link}`, { ...NAMED, servedBy: "x-via" }),
      );
      const update = await system.up();
      named = await Promise.all(loads.map((load) => load.stop()));
      return [update];
    });
  });

  it("loses nothing at the worker's other ports, which switch with it", () => {
    for (const { failures, requests, servedBy } of named) {
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(100);
      const versions = Object.keys(servedBy).map((who) => who.split(" ")[1]);
      expect(versions.sort()).toEqual(["v1", "v3"]);
    }
    expect(named).toHaveLength(2);
  });

  it("loses no request, no stream, and no time", () => {
    expect(result.reasons).toEqual([]);
    expect(result.failed).toBe(0);
    expect(result.longestGap).toBeLessThanOrEqual(500);
    expect(result.requests).toBeGreaterThan(1000);
    expect(Object.keys(result.report.versions).sort()).toEqual(["v1", "v2", "v3"]);
  });

  it("runs the release command of the new version first, with its environment and links", () => {
    const lines = result.output.split("\n");
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    expect(at("app: | migrated to v2: true")).toBeGreaterThan(-1);
    expect(at("app: | migrated to v2: true")).toBeLessThan(at("starting beside the old"));
  });

  it("counts every POST once", () => {
    expect(result.posts).toBeGreaterThan(100);
    expect(result.report.answeredPosts).toHaveLength(result.posts);
    expect({ missing: result.missing, double: result.double }).toEqual({ missing: 0, double: 0 });
  });

  it("lets downloads end, and WebSockets live until the old replicas' time is over", () => {
    // 50 run at any time, but for one that has just ended when the switch comes; none is cut, see below.
    expect(result.spanning).toBeGreaterThanOrEqual(48);
    expect(result.cutByDrain).toBe(50);
    expect(result.report.cuts.map(({ what }) => what)).toEqual(Array(50).fill("websocket"));
    expect(result.report.webSockets.opened).toBe(100);
    expect(result.report.webSockets.messages).toBeGreaterThan(500);
  });

  it("is there afterwards, and nothing else", async () => {
    expect(await serving(system)).toEqual({ app: "v2", dnmonster: "v3" });
    expect(await inventory(system)).toEqual(known);
  });
});

describe("a service that listens", () => {
  it("is added and removed without another proxy, and without a lost request", async () => {
    const proxies = async () => (await system.containers()).proxy?.map(({ id }) => id);
    const before = await proxies();
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => {
      system.change({ extra: await system.newVersion() });
      const added = await system.up();
      system.change({ extra: undefined });
      return [added, await system.up()];
    });
    expect(result.output).toMatch(/extra v\d+: healthy/);
    expect(result.reasons).toEqual([]);
    expect(result.failed).toBe(0);
    expect(result.longestGap).toBeLessThanOrEqual(500);
    expect(await proxies()).toEqual(before);
    expect(await inventory(system)).toEqual(known);
  });
});

describe("another image of the proxy, and another setting of its container", () => {
  it("lose no request: the forwarder keeps the ports", async () => {
    const ids = async (service: string) =>
      (await system.containers())[service]?.map(({ id }) => id);
    const [proxy, forwarder] = [await ids("proxy"), await ids("forwarder")];
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => {
      system.change({ proxy: { image: await system.newProxy() } });
      const image = await system.up();
      system.change({ proxy: { cpus: 1.5 } });
      return [image, await system.up()];
    });
    expect(result.output.match(/proxy on local replaced: no downtime/g)).toHaveLength(2);
    expect(result.reasons).toEqual([]);
    expect(result.failed).toBe(0);
    expect(result.longestGap).toBeLessThanOrEqual(500);
    expect(await ids("proxy")).not.toEqual(proxy);
    expect(await ids("forwarder")).toEqual(forwarder);
    expect(await inventory(system)).toEqual(known);
  });
});

describe("a release that fails", () => {
  it("loses nothing, and the next one clears up after it", async () => {
    const good = system.change({ app: { ...(await system.newVersion()), fault: "exit" } });
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => [
      await system.up({ fails: true }),
    ]).finally(() => system.restore(good));
    expect(result.output).toMatch(/service `app` v\d+ on host `local`: exited with code 3/);
    expect(result.reasons).toEqual([]);
    expect(result.failed).toBe(0);
    expect(result.longestGap).toBeLessThanOrEqual(500);
    expect(result.report.cuts).toEqual([]);
    expect(Object.keys(result.report.versions).sort()).toEqual(["v2", "v3"]);
    await system.up();
    expect(await inventory(system)).toEqual(known);
  });
});

describe("a release that fails after its switch", () => {
  it("is seen in the watch, and loses no more than the bad version itself did", async () => {
    const before = await serving(system);
    const bad = { ...(await system.newVersion()), fault: "exits-later", watch: 10 };
    const good = system.change({ app: bad });
    const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => [
      await system.up({ fails: true }),
    ]).finally(() => system.restore(good));
    // Which of them is noticed first differs; that the end of a replica explains all is a unit test's.
    expect(result.output).toMatch(
      /service `app` v\d+ on host `local`, watched after the switch: (exited|no longer|\d+ of)/,
    );
    expect(result.report.versions).toHaveProperty(bad.version); // it served, and failed
    expect(result.failed).toBeGreaterThan(0);
    expect(result.failed).toBeLessThan(2 * LOAD.rate);
    expect(result.longestGap).toBeLessThan(2500);
    expect({ missing: result.missing, double: result.double }).toEqual({ missing: 0, double: 0 });
    expect(await serving(system)).toEqual(before);
    await system.up();
    expect(await inventory(system)).toEqual(known);
  });
});

describe("a serving container that is killed", () => {
  it("shows as failed requests and cut streams, so the zeros above mean something", async () => {
    const result = await underLoad(system, { load: LOAD, before: 2, after: 5 }, async () => {
      for (const { id } of (await system.containers()).app ?? []) await crash(system, id);
      return [];
    });
    expect(result.failed).toBeGreaterThan(50);
    expect(result.report.cuts.length).toBeGreaterThan(50);
    expect(result.reasons.join("\n")).toMatch(/(GET|POST) \S+, (kept|new) connection: /);
  });
});

describe("a release in which something is killed", () => {
  const points: [victim: Victim, step: Step, switched: boolean][] = [
    ["release process", "gate", false],
    ["language host", "switched", true],
    ["release process", "watch", true],
    ["new container", "gate", false],
  ];

  it.each(points)(
    "%s at the step `%s`: nothing is lost, the next up repairs",
    async (victim, step, switched) => {
      const before = await serving(system);
      const [app, dnmonster] = [await system.newVersion(), await system.newVersion()];
      system.change({ app: { ...app, watch: watchAt(step) }, dnmonster });
      const old = await replicas(system);
      let repaired = -1;
      const result = await underLoad(system, { load: LOAD, before: 1, after: 1 }, async () => {
        const update = system.startUp();
        await reach(system, update, step, { app: app.version }, old);
        await kill(system, update, victim, old);
        await update.exitCode;
        // What serves now is one version or the other, whole.
        const now = await serving(system);
        expect(now).toEqual(switched ? { app: app.version, dnmonster: dnmonster.version } : before);
        await clearUp(system, update);
        const next = system.startUp();
        repaired = (await next.exitCode) ?? -2;
        expect(next.output).not.toContain("error:");
        return [update, next];
      });
      expect(result.reasons).toEqual([]);
      expect(result.failed).toBe(0);
      expect(repaired).toBe(0);
      expect(await serving(system)).toEqual({ app: app.version, dnmonster: dnmonster.version });
      await system.expectNoChanges();
      expect(await processesEnd(system, 10)).toEqual([]);
      expect(await inventory(system)).toEqual(known);
    },
  );
});
