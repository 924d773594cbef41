/** Which service gets a request, and what a visitor gets where none does. */
import { describe, expect, it } from "vitest";
import type { ServiceState } from "../../../components/fleet/types.ts";
import { HTTP_LINK, OTHER_TCP_LINK, PAGE, PUBLIC, TCP_LINK, bench, share, state } from "./stage.ts";

export function testConditions(): void {
  describe("a route with a condition", () => {
    const rows: [string, Record<string, string>, string[]][] = [
      ["the cookie", { cookie: "x=1; group=b e's } t\"a#" }, ["three"]],
      ["the header", { "x-group": "-i, beta" }, ["three"]],
      ["another value", { cookie: "group=b", "x-group": "beta" }, ["one", "two"]],
      ["neither", {}, ["one", "two"]],
    ];
    it.each(rows)("is right for a request with %s", async (_what, headers, expected) => {
      expect(Object.keys(await share(40, PUBLIC, headers)).sort()).toEqual(expected);
    });
  });
}

export function testWildcards(): void {
  describe("a domain with a wildcard", () => {
    it("takes what is below it, at any depth, and leaves the rest to others", async () => {
      const servedBy = async (host: string) => (await bench.get(PUBLIC, "/", { host })).body.trim();
      for (const host of ["a.wild.example", "A.B.Wild.Example:60080"]) {
        expect(await servedBy(host), host).toBe("three");
      }
      for (const host of ["app.wild.example", "wild.example", "notwild.example", "x"]) {
        expect(["one", "two"], host).toContain(await servedBy(host));
      }
    });
  });
}

export function testSticky(): void {
  describe("a sticky service", () => {
    it("keeps a client with one copy, and gives it another after a switch", async () => {
      const shop = (cookie?: string) => bench.get(PUBLIC, "/shop", cookie ? { cookie } : {});
      const first = await shop();
      const [set = ""] = first.headers["set-cookie"] ?? [];
      expect(set).toMatch(/^copy=[12]; path=\/; HttpOnly$/);
      const cookie = set.split(";")[0] ?? "";
      const again = await Promise.all(Array.from({ length: 20 }, () => shop(cookie)));
      expect(new Set(again.map(({ body }) => body))).toEqual(new Set([first.body]));
      // The other copy's number leads to the other copy, and one that nobody has to any.
      const other = await shop(cookie === "copy=1" ? "copy=2" : "copy=1");
      expect([other.status, other.body !== first.body]).toEqual([200, true]);
      expect((await shop("copy=99")).status).toBe(200);
      const { shop: before } = state.services;
      const switched = { ...state.services, shop: { ...before, active: "b" } as ServiceState };
      await bench.proxy.switchTo({ ...state, services: switched }, ["shop"]);
      expect(await shop(cookie)).toMatchObject({ status: 200, body: "three\n" });
      await bench.proxy.switchTo(state, ["shop"]);
    });
  });
}

export function testErrorPages(): void {
  describe("an error page", () => {
    it("is what a visitor gets where the proxy itself must answer", async () => {
      const nobody = await bench.get(PUBLIC, "/nobody");
      expect([nobody.status, nobody.body]).toEqual([503, PAGE]);
      expect(nobody.headers["content-type"]).toBe("text/html; charset=utf-8");
      const odd = await bench.get(PUBLIC, "/odd");
      expect([odd.status, odd.body]).toEqual([502, PAGE]);
      // A service's own errors stay its own, and so do links'.
      expect(await bench.get(PUBLIC, "/fail")).toMatchObject({ status: 500 });
      const link = await bench.get(HTTP_LINK, "/", { host: "nobody" });
      expect([link.status, link.body]).toEqual([
        503,
        "No version of this service is serving here.\n",
      ]);
    });
  });
}

export function testTcpPorts(): void {
  it("tells services that listen on one TCP port apart by the ports of their links", async () => {
    await Promise.all([bench.untilUp("redis", "a"), bench.untilUp("sessions", "a")]);
    expect(await bench.talk(TCP_LINK, "hello\n")).toBe("three hello\n");
    expect(await bench.talk(OTHER_TCP_LINK, "hello\n")).toBe("one hello\n");
  });
}
