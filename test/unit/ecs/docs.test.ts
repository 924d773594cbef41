/** The table of docs/ecs.md has a row for each property of a definition. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { define } from "./facts.ts";

const docs = readFileSync(new URL("../../../docs/ecs.md", import.meta.url), "utf8");
const rows = (heading: string) => {
  const [, section = ""] = docs.split(`\n### ${heading}\n`);
  const table = section.split("\n#")[0] ?? "";
  return [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)].map(([, property]) => property);
};

const services = define({}, {});

it.each([
  ["Services", services.byName.web],
  ["The proxy", services.proxy],
])("knows all properties: %s", (heading, normalised) => {
  const properties = Object.keys(normalised ?? {}).sort();
  expect(properties.length).toBeGreaterThan(20);
  expect(rows(heading).sort()).toEqual(properties);
});
