/** Which replicas get requests: a share for the standby slot, and none while they are held. */
import { describe, expect, it } from "vitest";
import { trafficSince } from "../../../components/fleet/proxy/runtime-api.ts";
import type { HostState, ServiceState } from "../../../components/fleet/types.ts";
import {
  HELD_STUCK,
  HTTP_LINK,
  PAGE,
  PUBLIC,
  TCP_LINK,
  bench,
  http,
  share,
  state,
  stuck,
  underLoad,
  withApp,
} from "./stage.ts";

export function testShares(): void {
  describe("a share of the requests", () => {
    it("goes to the standby slot's servers that are up, on public ports and on links", async () => {
      await underLoad(async () => {
        await bench.proxy.setWeight(withApp({ canary: 20 }), "app");
        for (const [inside, headers] of [
          [PUBLIC, {}],
          [HTTP_LINK, { host: "app" }],
        ] as const) {
          const served = await share(600, inside, headers);
          // 120 expected; a thousandth of all runs would be outside of these bounds.
          expect(served.three).toBeGreaterThan(85);
          expect(served.three).toBeLessThan(158);
          expect(Object.keys(served).sort()).toEqual(["one", "three", "two"]);
        }
        await bench.proxy.setWeight(withApp({ canary: 0 }), "app");
        expect(Object.keys(await share(100)).sort()).toEqual(["one", "two"]);
      });
    });

    it("is counted with its errors and its latency", async () => {
      const before = await bench.proxy.traffic("app", "b");
      await bench.proxy.setWeight(withApp({ canary: 99 }), "app");
      const answers = await Promise.all([
        ...Array.from({ length: 30 }, () => bench.get(PUBLIC, "/slow")),
        ...Array.from({ length: 30 }, () => bench.get(PUBLIC, "/fail")),
      ]);
      await bench.proxy.setWeight(withApp({}), "app");
      const between = trafficSince(before, await bench.proxy.traffic("app", "b"));
      const three = answers.filter(({ body }) => body === "three\n");
      const failed = three.filter(({ status }) => status === 500);
      expect(three.length).toBeGreaterThan(45);
      expect(between).toMatchObject({ requests: three.length, errors: failed.length });
      // At least what the slow ones slept, at most what the clients waited.
      const slept = ((three.length - failed.length) / three.length) * 100;
      const waited = three.reduce((sum, { took }) => sum + took, 0) / three.length;
      expect(between.averageMs).toBeGreaterThan(slept - 10);
      expect(between.averageMs).toBeLessThan(waited + 10);
    });

    it("ends with the switch, and is nothing to a slot without a server that is up", async () => {
      await underLoad(async () => {
        await bench.proxy.setWeight(withApp({ canary: 50 }), "app");
        await bench.proxy.switchTo(withApp({ active: "b" }), ["app"]);
        expect(Object.keys(await share(100))).toEqual(["three"]);
        await bench.proxy.switchTo(state, ["app"]);
        // Not started: not for a moment is it taken for the server that had its place.
        const name = "longshore-e2e-proxy-cold";
        const cold = withApp({ b: http([name, name]) });
        await bench.proxy.apply(state, cold);
        await bench.proxy.setWeight({ ...cold, services: withCanary(cold, 90) }, "app");
        expect(Object.keys(await share(100)).sort()).toEqual(["one", "two"]);
        await bench.proxy.setWeight(cold, "app");
        await bench.proxy.apply(cold, state);
        await bench.untilFirstUp("app", "b");
      });
    });

    const withCanary = ({ services }: HostState, canary: number) => ({
      ...services,
      app: { ...services.app, canary } as ServiceState,
    });
  });
}

export function testHeldRequests(): void {
  describe("held requests", () => {
    it("wait while the only server restarts, and are all answered", async () => {
      await bench.proxy.switchTo(withApp({ active: "b" }), ["app"]);
      await bench.untilUp("redis", "a");
      const name = "longshore-e2e-proxy-three";
      const served = await underLoad(async () => {
        for (const service of ["app", "redis"]) await bench.proxy.hold(service);
        const waiting = [
          bench.get(PUBLIC, "/"),
          bench.get(HTTP_LINK, "/", { host: "app" }),
          bench.talk(TCP_LINK, "hello\n"),
        ] as const;
        let answered = 0;
        for (const each of waiting) void each.then(() => answered++);
        await bench.host.stop(name, 5);
        // Others are not held: an answer of theirs came while ours wait.
        expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
        expect(answered).toBe(0);
        await bench.host.start(name);
        await bench.untilUp("redis", "a");
        await bench.untilFirstUp("app", "b");
        for (const service of ["app", "redis"]) await bench.proxy.resume(service);
        const [page, link, echo] = await Promise.all(waiting);
        expect([page.status, page.body, link.status, link.body]).toEqual([
          200,
          "three\n",
          200,
          "three\n",
        ]);
        expect(echo).toBe("three hello\n");
      });
      expect(Object.keys(served)).toContain("three");
      await bench.proxy.switchTo(state, ["app"]);
    });
  });
}

export function testLongestHold(): void {
  describe("the longest hold", () => {
    it("ends in a 503 with the error page", async () => {
      const answer = await stuck;
      expect([answer.status, answer.body]).toEqual([503, PAGE]);
      expect(answer.took).toBeGreaterThanOrEqual(HELD_STUCK * 1000 - 100);
      expect(answer.took).toBeLessThan(HELD_STUCK * 1000 + 10_000);
      await bench.proxy.resume("stuck");
      expect((await bench.get(PUBLIC, "/stuck")).status).toBe(200);
    });
  });
}
