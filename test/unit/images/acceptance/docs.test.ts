/** docs/images.md in step with the properties of an acceptance test. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { AcceptanceArgs, AcceptanceServiceArgs } from "../../../../components/images/index.ts";

/** All properties: the compiler sees to it that none is missing. */
const TEST: Record<keyof AcceptanceArgs, true> = {
  command: true,
  entrypoint: true,
  environment: true,
  services: true,
  output: true,
  timeout: true,
  dockerHost: true,
};
/** Those that a service has beside the ones that both have. */
const SERVICE: Record<Exclude<keyof AcceptanceServiceArgs, keyof AcceptanceArgs>, true> = {
  image: true,
  port: true,
  healthCheck: true,
};

it("lists every property once", () => {
  const docs = readFileSync(new URL("../../../../docs/images.md", import.meta.url), "utf8");
  const [, section = ""] = /\n## Acceptance tests\n([\s\S]*?)\n## /.exec(docs) ?? [];
  const rows = [...section.matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name);
  const wanted = [...Object.keys(TEST), ...Object.keys(SERVICE).map((name) => `services.${name}`)];
  expect(rows.slice(1).sort()).toEqual(wanted.sort());
});
