// The example's packages have dependencies of their own: type-aware lint and the type check need
// them installed. Their tests run where they count, in the images.
import { globSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Children } from "./child.ts";
import type { StepContext } from "./step.ts";

/** The folders of the example that are npm packages, e.g. `identidock/app`. */
export function examplePackages(root: string): string[] {
  return globSync("identidock/*/package-lock.json", { cwd: root }).map(dirname).sort();
}

/** `npm ci` where the lockfile is newer than what is installed. */
export async function installExample(children: Children, context: StepContext): Promise<void> {
  for (const folder of examplePackages(context.root)) {
    const at = join(context.root, folder);
    const installed = changed(join(at, "node_modules", ".package-lock.json"));
    if (installed >= changed(join(at, "package-lock.json"))) continue;
    console.log(`    npm ci in ${folder}`);
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const code = await children.run("npm", args, { cwd: at });
    if (code !== 0) throw new Error(`npm ci in ${folder} ended with exit code ${code}`);
  }
}

/** When the file was last written; 0 if it is not there. */
function changed(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
