/** Whatever is given for a property: the validator reports it or `defineServices` takes it; neither breaks. */
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { defineServices, validateServices } from "../../../components/services/index.ts";
import { SHAPES } from "../../../components/services/shapes.ts";
import { edge, web } from "./bad/row.ts";
import type { Definition } from "../../../components/services/definition.ts";

const GARBAGE: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2n,
  "",
  " ",
  "toString",
  "x".repeat(10_000),
  [],
  [[]],
  [null],
  [undefined],
  ["", ""],
  [{}],
  {},
  { "": null },
  { path: null, value: null, ref: null, tag: null, to: null, hosts: null },
  { path: [], value: [], ref: [], tag: [], to: [], hosts: [] },
  new Map(),
  new Date(0),
  () => undefined,
  Symbol("garbage"),
  pulumi.output(1),
  Promise.resolve([]),
];

const CASES = [
  ...Object.keys(SHAPES.service.shape).map((property) => ({ role: "service", property })),
  ...Object.keys(SHAPES.proxy.shape).map((property) => ({ role: "proxy", property })),
];

it.each(CASES)("survives any `$property` of a $role", ({ role, property }) => {
  let reported = 0;
  for (const garbage of GARBAGE) {
    const definition =
      role === "proxy"
        ? { ...web(), ...edge({ [property]: garbage }) }
        : { ...web({ [property]: garbage }), ...edge() };
    const problems = validateServices(definition);
    if (problems.length === 0) {
      expect(Object.keys(defineServices(definition as Definition).byName)).toEqual(["web"]);
      continue;
    }
    reported += 1;
    expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(problems.length);
    for (const { path, message, fix } of problems) {
      expect(path).toMatch(/^(web|edge)\b/);
      expect(`${message} ${fix}`).not.toMatch(/undefined|\[object|NaN is|Symbol\(/);
    }
  }
  expect(reported).toBeGreaterThan(GARBAGE.length / 2);
});
