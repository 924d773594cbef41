/** Domains as people write them, in the form in which requests name them. */
import { describe, expect, it } from "vitest";
import { app, defineServices, proxy } from "../../../components/services/index.ts";
import { asciiDomain } from "../../../components/services/values/domain.ts";
import { IMAGE } from "./bad/row.ts";

describe("a domain", () => {
  it.each([
    ["Shop.Example", "shop.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["*.BÜCHER.example", "*.xn--bcher-kva.example"],
    ["例え.テスト", "xn--r8jz45g.xn--zckzah"],
    ["*.example", "*.example"],
    ["10.0.0.7", "10.0.0.7"],
    ["", undefined],
    ["*.", undefined],
    ["*.*.example", undefined],
    ["ex ample", undefined],
    ["bü cher.example", undefined],
    ["-a.example", undefined],
  ])("%j is %j", (text, ascii) => {
    expect(asciiDomain(text)).toBe(ascii);
  });
});

it("is tried before those that it is in, and those before any", () => {
  const domains = [
    "*.b.example",
    undefined,
    "a.b.example",
    "*.example",
    "z.example",
    "*.a.b.example",
  ];
  const routes = domains.map((domain) => ({ ...(domain && { domain }), to: "web" }));
  const { proxy: edge } = defineServices({
    web: app({ image: IMAGE, port: 80 }),
    edge: proxy({ routes }),
  });
  expect(edge?.routes.map(({ domain }) => domain)).toEqual([
    ...["a.b.example", "z.example", "*.a.b.example", "*.b.example", "*.example", undefined],
  ]);
});
