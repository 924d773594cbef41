/** What the library's own processes load: Pulumi's SDK alone takes a quarter of a second of each update. */
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { PROGRAMS } from "../../../components/node-program.ts";
import { root } from "./project.ts";

/** Prints each module that is loaded from a package of that scope. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      if (url.includes("/node_modules/@pulumi/")) console.error("loads " + url);
      return next(url, context);
    },
  });
`)}`;

async function loaded(...args: string[]): Promise<string> {
  const options = ["--disable-warning=ExperimentalWarning", "--import", HOOK, ...args];
  const { stderr } = await execa(process.execPath, options, {
    cwd: root,
    input: "",
    reject: false,
  });
  return stderr;
}

it.each(["confirm", "ecs-release", "preflight", "release", "subnet"] as const)(
  "%s runs without the SDK",
  async (name) => {
    const stderr = await loaded(join(root, `components/${PROGRAMS[name]}.ts`));
    expect(stderr).not.toContain("loads ");
    expect(stderr).toContain("JSON"); // it ran, and was told nothing
  },
);

it("an acceptance test runs without the SDK", async () => {
  const stderr = await loaded(join(root, `components/${PROGRAMS.acceptance}.ts`), "run");
  expect(stderr).not.toContain("loads ");
  expect(stderr).toContain("JSON");
});

it("would be seen to load it", async () => {
  expect(await loaded("--input-type=module", "--eval", 'import "@pulumi/pulumi";')).toContain(
    "loads ",
  );
});
