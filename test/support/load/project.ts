/** The Pulumi project of the system under load. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../test-stack.ts";

/** Also what workbench/orphans.ts clears up after. */
export const PROJECT = "identidock";

/** Pulumi's project: the program, which imports the components from where they are. */
export function writeProject(folder: string): void {
  mkdirSync(join(folder, "state"));
  const components = pathToFileURL(join(ROOT, "components")).href;
  const program = readFileSync(join(ROOT, "test/support/load/program.ts"), "utf8");
  const files = {
    "Pulumi.yaml": `name: ${PROJECT}\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
    "package.json": '{ "type": "module" }\n',
    "index.ts": program.replaceAll('"../../../components', `"${components}`),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
}
