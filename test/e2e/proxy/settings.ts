/** Changes of the proxy's configuration, its checks, and many services. */
import { describe, expect, it } from "vitest";
import type { HostState } from "../../../components/fleet/types.ts";
import { smokeFaults } from "../../../components/fleet/release/proofs/smoke.ts";
import { HTTP_LINK, PAGE, PUBLIC, TOKEN, bench, state, underLoad } from "./stage.ts";

export function testSettings(): void {
  describe("settings of the proxy", () => {
    it("change by a reload that loses nothing", async () => {
      const settings = { ...state.settings, errorPages: { 503: "<p>new</p>\n" } };
      await underLoad(async () => {
        expect(await bench.proxy.apply(state, { ...state, settings })).toBe("reloaded");
        expect((await bench.get(PUBLIC, "/nobody")).body).toBe("<p>new</p>\n");
        expect(await bench.proxy.apply({ ...state, settings }, { ...state, settings })).toBe(
          "unchanged",
        );
        expect(await bench.proxy.apply({ ...state, settings }, state)).toBe("reloaded");
      });
      expect((await bench.get(PUBLIC, "/nobody")).body).toBe(PAGE);
    });

    it("that HAProxy does not take leave everything as it is", async () => {
      const settings = { ...state.settings, routes: [{ path: "/", to: "app", domain: "a b } {" }] };
      await expect(bench.proxy.apply(state, { ...state, settings })).rejects.toThrow(
        /^The proxy refuses its configuration:\n[\s\S]*trial.cfg:\d+\]/,
      );
      expect(await bench.proxy.apply(state, state)).toBe("unchanged");
    });
  });
}

export function testChecks(): void {
  describe("a check's own headers and statuses", () => {
    it("reach the service as they are, and decide whether it is up", async () => {
      await bench.untilUp("picky", "a");
      await bench.until(async () => {
        const [blunt] = await bench.proxy.servers("picky", "b");
        return blunt?.check === "L7STS" && blunt.code === 400 ? undefined : blunt;
      }, "the one without headers is answered 400");
    });

    it("are a smoke check's, too", async () => {
      const [server] = state.services.picky?.a?.servers ?? [];
      const faults = (requestHeaders: Record<string, string>) => {
        const smoke = [{ path: "/picky", status: 204, requestHeaders, headers: {} }];
        const { host, proxy } = bench;
        return smokeFaults(host, proxy.container, { name: "picky", smoke }, `${server}:9090`);
      };
      expect(await faults({ host: "shop.example", "x-token": TOKEN })).toEqual([]);
      expect(await faults({})).toEqual(["smoke check `GET /picky` answered 400 instead of 204"]);
    });
  });
}

export function testManyServices(): void {
  describe("300 services on one port", () => {
    it("are told apart, without a warning of the proxy's", async () => {
      const names = Array.from({ length: 300 }, (_, number) => `service-${number}`);
      const one = state.services.app;
      const many: HostState = {
        ...state,
        services: {
          ...state.services,
          ...Object.fromEntries(names.map((name) => [name, one])),
        } as HostState["services"],
      };
      expect(await bench.proxy.apply(state, many)).toBe("reloaded");
      for (const name of ["service-0", "service-64", "service-299", "app"]) {
        await bench.untilUp(name, "a");
        expect((await bench.get(HTTP_LINK, "/", { host: name })).status).toBe(200);
      }
      expect((await bench.get(HTTP_LINK, "/", { host: "service-300" })).status).toBe(503);
      const others = Object.fromEntries(
        names.map((name) => [name, { ...one, active: "b" }]),
      ) as HostState["services"];
      const switched = { ...many, services: { ...many.services, ...others } };
      await bench.proxy.switchTo(switched, names);
      const slots = await bench.proxy.activeSlots();
      expect(names.filter((name) => slots.get(name) !== "b")).toEqual([]);
      expect(await bench.proxy.apply(switched, state)).toBe("reloaded");
    });
  });
}
