/** The Pulumi project of the system under load. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../test-stack.ts";

/** Also what workbench/orphans.ts clears up after. */
export const PROJECT = "identidock";

/** A checkout of the library, and the program in it that a project is made of. */
export interface Library {
  root: string;
  program: string;
}

/** Pulumi's project: the program, which imports the components from where they are. */
export function writeProject(folder: string, library?: Library): void {
  mkdirSync(join(folder, "state"));
  const files = {
    "Pulumi.yaml": `name: ${PROJECT}\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
    "package.json": '{ "type": "module" }\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeProgram(folder, library);
}

/** Makes a project use the library of this checkout, or another one. */
export function writeProgram(
  folder: string,
  { root, program }: Library = { root: ROOT, program: "test/support/load/program.ts" },
): void {
  const components = pathToFileURL(join(root, "components")).href;
  const text = readFileSync(join(root, program), "utf8");
  const index = text.replaceAll(/"(\.\.\/)+components/g, `"${components}`);
  writeFileSync(join(folder, "index.ts"), index);
}
