/** The checker of imports finds what it is there for: each of its rules is broken once, in a tree made up for it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, it } from "vitest";
import { root } from "./project.ts";

const { default: config } = (await import(join(root, ".dependency-cruiser.mjs"))) as {
  default: { forbidden: { name: string }[] };
};

/** Rule → files that break it and no other. */
const BROKEN: Record<string, Record<string, string>> = {
  "no-rings": {
    "components/fleet/one.ts": "./two.ts",
    "components/fleet/two.ts": "./one.ts",
  },
  "shared-knows-no-runtime": { "components/releases/one.ts": "../fleet/two.ts" },
  "services-stand-alone": { "components/services/one.ts": "../images/two.ts" },
  "engine-stands-alone": { "components/engine/one.ts": "../releases/two.ts" },
  "runtimes-have-no-command-line": { "components/fleet/one.ts": "../cli/two.ts" },
  "command-line-knows-no-runtime": { "components/cli/commands/one.ts": "../../fleet/two.ts" },
  "ecs-knows-no-fleet": { "components/ecs/one.ts": "../fleet/two.ts" },
  "library-stands-alone": { "components/hosts/one.ts": "../../workbench/two.ts" },
  "code-needs-no-tests": { "workbench/one.ts": "../test/two.ts" },
};
/** What is allowed, however near it comes. */
const FINE = {
  "components/cli/open-runtime.ts": "../fleet/three.ts",
  "components/fleet/three.ts": "../engine/four.ts",
  "components/engine/four.ts": "../output/five.ts",
  "test/six.ts": "../components/fleet/three.ts",
};

const folder = mkdtempSync(join(tmpdir(), "longshore-unit-imports-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The rules that a tree of files breaks; each file imports a type of another one. */
async function broken(name: string, files: Record<string, string>): Promise<string[]> {
  const tree = join(folder, name);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };
  for (const [path, to] of Object.entries(files)) {
    const imported = join(dirname(path), to);
    if (files[imported] === undefined) write(imported, "export type A = 1;\n");
    write(path, `import type { A } from "${to}";\nexport type { A };\n`);
  }
  write("tsconfig.json", '{ "compilerOptions": { "module": "nodenext" } }\n');
  const checker = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = ["--config", join(root, ".dependency-cruiser.mjs"), "--output-type", "json", "."];
  const { stdout } = await execa(process.execPath, [checker, ...args], {
    cwd: tree,
    reject: false,
  });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string } }[] };
  };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))];
}

it("has a case for every rule", () => {
  expect(Object.keys(BROKEN)).toEqual(config.forbidden.map(({ name }) => name));
});

it.each(Object.entries(BROKEN))("finds what breaks %s", async (rule, files) => {
  expect(await broken(rule, files)).toEqual([rule]);
});

it("lets through what is allowed", async () => {
  expect(await broken("fine", FINE)).toEqual([]);
});
