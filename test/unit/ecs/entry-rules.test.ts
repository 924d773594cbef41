/** Routes as rules of a load balancer. */
import { describe, expect, it } from "vitest";
import { listenerRules, valuesOf } from "../../../components/ecs/entry/rules.ts";
import type { Route } from "../../../components/services/index.ts";

const conditions = (route: Partial<Route>) =>
  listenerRules([{ path: "/", to: "web", ...route }])[0]?.conditions;
/** The one expression of a route's condition. */
const expression = (when: Route["when"]) => {
  const part = conditions({ when })?.find(({ httpHeader }) => httpHeader !== undefined);
  return new RegExp(valuesOf(part ?? {})[0] ?? "never");
};

describe("routes", () => {
  it("keep their order, without gaps", () => {
    const rules = listenerRules([
      { domain: "a.example", path: "/api", to: "api", port: "grpc" },
      { path: "/", to: "web" },
    ]);
    expect(rules).toEqual([
      {
        priority: 1,
        conditions: [
          { hostHeader: { values: ["a.example"] } },
          { pathPattern: { values: ["/api", "/api/*"] } },
        ],
        to: "api",
        port: "grpc",
      },
      { priority: 2, conditions: [{ pathPattern: { values: ["/*"] } }], to: "web" },
    ]);
  });

  it.each([
    ["a.example", { values: ["a.example"] }],
    ["*.a.example", { values: ["*.a.example"] }],
    ["localhost", { regexValues: ["^localhost(:[0-9]+)?$"] }],
    ["*.xn--p1ai", { regexValues: ["^.+\\.xn--p1ai(:[0-9]+)?$"] }],
  ])("compare the domain %s", (domain, hostHeader) => {
    expect(conditions({ domain })?.[0]).toEqual({ hostHeader });
  });

  it("compare paths that AWS takes no pattern of by an expression", () => {
    expect(conditions({ path: "/a%20b+c" })).toEqual([
      { pathPattern: { regexValues: ["^/a%20b\\+c(/.*)?$"] } },
    ]);
  });

  it("never have more than five values", () => {
    const route = { domain: "a.example", path: "/x", when: { cookie: "a", value: "b" } };
    expect(conditions(route)?.flatMap(valuesOf)).toHaveLength(4);
  });
});

describe("a cookie", () => {
  const pair = expression({ cookie: "a", value: "b.c" });
  it.each(["a=b.c", "x=1; a=b.c", "a=b.c; x=1", "x=1; a=b.c; y=2", "x=1;a=b.c;y=2"])(
    "is found in %s",
    (header) => {
      expect(pair.test(header)).toBe(true);
    },
  );
  it.each(["xa=b.c", "a=b.cd", "a=bxc", "A=b.c", "a=B.c", "x=a=b.c", "x=1; xa=b.c", "b.c", ""])(
    "is not found in %j",
    (header) => {
      expect(pair.test(header)).toBe(false);
    },
  );
});

it("compares a header as a whole, and its name in lower case", () => {
  expect(conditions({ when: { header: "x-beta", value: "a*b" } })?.[1]).toEqual({
    httpHeader: { httpHeaderName: "x-beta", regexValues: ["^a\\*b$"] },
  });
});
