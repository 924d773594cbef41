/** What a definition says of releases and requests, filled in. */
import { describe, expect, it } from "vitest";
import {
  app,
  defineServices,
  proxy,
  type ServiceArgs,
} from "../../../components/services/index.ts";
import { IMAGE } from "./bad/row.ts";
import { one } from "./filled-in.ts";

describe("release order", () => {
  const orderOf = (args: Partial<ServiceArgs>) => one(args).releaseOrder;

  it("is start-first where two replicas can live", () => {
    expect(orderOf({})).toBe("start-first");
    expect(orderOf({ networkMode: "host", port: 8080, releaseOrder: "stop-first" })).toBe(
      "stop-first",
    );
  });

  it("is stop-first for a volume and for a port on the host's network", () => {
    expect(orderOf({ volume: { name: "data", at: "/data" } })).toBe("stop-first");
    expect(orderOf({ volume: [] })).toBe("start-first");
    expect(orderOf({ networkMode: "host" })).toBe("stop-first");
  });
});

describe("strategies", () => {
  it("are by default all at once", () => {
    expect(one({}).strategy).toEqual({ kind: "blue-green" });
    expect(one({ strategy: "ramped" }).strategy).toEqual({ kind: "ramped" });
  });

  it("of a canary have each setting's default", () => {
    const canary = { kind: "canary", steps: [10, 50], watch: 30, maxErrors: 1, minRequests: 20 };
    expect(one({ strategy: { canary: {} } }).strategy).toStrictEqual({
      ...canary,
      maxLatency: undefined,
    });
    const given = { steps: [5], watch: 60, maxErrors: 0, maxLatency: 300, minRequests: 1 };
    expect(one({ strategy: { canary: given } }).strategy).toStrictEqual({
      kind: "canary",
      ...given,
    });
    expect(one({ strategy: { canary: { watch: undefined } } }).strategy).toMatchObject(canary);
  });
});

describe("smoke checks", () => {
  it("want 200, and know headers in lower case and order", () => {
    const { smokeChecks } = one({
      smokeChecks: [
        { path: "/" },
        {
          path: "/a?b=1",
          status: 404,
          requestHeaders: { Host: "shop.example" },
          headers: { "X-Two": "2", "A-One": "B" },
          startsWith: "\x89P",
        },
      ],
    });
    expect(smokeChecks).toStrictEqual([
      { path: "/", status: 200, requestHeaders: {}, headers: {}, startsWith: undefined },
      {
        ...{ path: "/a?b=1", status: 404, requestHeaders: { host: "shop.example" } },
        ...{ headers: { "a-one": "B", "x-two": "2" }, startsWith: "\x89P" },
      },
    ]);
    expect(Object.keys(smokeChecks[1]?.headers ?? {})).toEqual(["a-one", "x-two"]);
  });
});

describe("error pages", () => {
  it("are by status", () => {
    const { proxy: edge } = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({ routes: [{ to: "web" }], errorPages: { 503: "later", 429: "slower" } }),
    });
    expect(Object.entries(edge?.errorPages ?? {})).toEqual([
      ["429", "slower"],
      ["503", "later"],
    ]);
  });
});

describe("routes", () => {
  it("with a condition go before those without, for the same place", () => {
    const when = { cookie: "variant", value: "b" };
    const services = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({
        routes: [
          { to: "web" },
          { path: "/api", to: "web" },
          { when, to: "web" },
          { when: { header: "X-Variant", value: "B" }, to: "web" },
        ],
      }),
    });
    expect(services.proxy?.routes.map(({ path, when }) => [path, when])).toEqual([
      ["/api", undefined],
      ["/", when],
      ["/", { header: "x-variant", value: "B" }],
      ["/", undefined],
    ]);
  });

  it("are in lower case, without a slash at the end, and the most specific first", () => {
    const services = defineServices({
      web: app({ image: IMAGE, port: 80 }),
      edge: proxy({
        routes: [
          { to: "web" },
          { path: "/api/", to: "web" },
          { domain: "Shop.example", to: "web" },
          { domain: "shop.example", path: "/a", to: "web" },
          { domain: "a.example", to: "web" },
          { path: "/b", to: "web" },
          { path: "/a", to: "web" },
        ],
      }),
    });
    expect(services.proxy?.routes.map(({ domain, path }) => `${domain ?? "*"} ${path}`)).toEqual([
      "a.example /",
      "shop.example /a",
      "shop.example /",
      "* /api",
      "* /a",
      "* /b",
      "* /",
    ]);
  });
});
