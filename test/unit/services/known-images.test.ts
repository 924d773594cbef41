/** docs/known-images.md in step with its definitions, which test/e2e/known-images.test.ts runs for real. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { app, cache, defineServices } from "../../../components/services/index.ts";
import * as definitions from "../../support/known-images.ts";

const { system, ...known } = definitions;
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const page = read("../../../docs/known-images.md");
const source = read("../../support/known-images.ts");
const IMAGE = `registry.example/any:v1@sha256:${"0".repeat(64)}`;

describe("docs/known-images.md", () => {
  it("shows the definitions that are tested, all of them and nothing else", () => {
    const shown = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
    const text = source.slice(source.indexOf("\n") + 1);
    expect(shown.join("\n")).toBe(
      text.replaceAll("../../components/services/index.ts", "longshore/services"),
    );
  });

  it("has a row with the user and the capabilities of each kind", () => {
    const rows = [...page.matchAll(/^\| (\w.*?) +\| `(\d+:\d+)` +\| (.*?) +\|/gm)];
    const listed = rows.map(([, , user, capabilities = ""]) => [
      user,
      [...capabilities.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    ]);
    expect(listed).toEqual(
      ([["postgres"], ["nginx"], ["phpApache"], ["rabbitmq"]] as const).map(([kind]) => [
        known[kind](IMAGE, "secret").user,
        known[`${kind}AsRoot`](IMAGE, "secret").capabilities.add,
      ]),
    );
  });
});

describe("the definitions", () => {
  const ROLES = { postgres: cache, nginx: app, phpApache: app, rabbitmq: cache, tomcat: app };
  const kinds = Object.keys(known) as (keyof typeof known)[];

  it.each(kinds)("%s is valid, and gives no more than it says", (kind) => {
    const role = ROLES[kind.replace("AsRoot", "") as keyof typeof ROLES];
    const linked = {
      store: cache({ image: IMAGE, port: 5000 }),
      queue: cache({ image: IMAGE, port: 5001 }),
    };
    const { byName } = defineServices({ ...linked, one: role(known[kind](IMAGE, "secret")) });
    const { readOnlyRoot, noNewPrivileges, capabilities, user } = byName.one ?? expect.fail();
    expect({ readOnlyRoot, noNewPrivileges }).toEqual({
      readOnlyRoot: true,
      noNewPrivileges: true,
    });
    expect(capabilities.drop).toEqual(["ALL"]);
    expect(user === "root").toBe(kind.endsWith("AsRoot"));
    expect(capabilities.add.length > 0).toBe(kind.endsWith("AsRoot"));
  });

  it("make one system", () => {
    const images = { blog: IMAGE, site: IMAGE, store: IMAGE, queue: IMAGE, shop: IMAGE };
    const names = system(images, "secret").list.map(({ name }) => name);
    expect(names).toEqual(["store", "blog", "queue", "shop", "site"]);
  });
});
