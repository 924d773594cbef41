// The linters and the type check. Each tool counts as one check.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Children } from "./child.ts";
import { examplePackages, installExample } from "./example.ts";
import { findActionlint, findShellcheck, missingTool } from "./tools.ts";
import { addUp, tally, type StepContext, type Tally } from "./step.ts";

/** Where TypeScript is, but for the example's own packages. */
const IMPORTING = [
  ...["components", "workbench", "toolchain", "test", "bench", "index.ts", "settings.ts"],
];

export async function runLint(children: Children, context: StepContext): Promise<Tally> {
  const files = await projectFiles(context.root);
  await installExample(children, context);
  return addUp([
    await check("eslint", ["eslint", ".", "--max-warnings", "0"]),
    await check("imports", ["depcruise", "--config", ".dependency-cruiser.mjs", ...IMPORTING]),
    await check("prettier", ["prettier", "--check", "--log-level", "warn", "."]),
    await shellcheck(),
    await actionlint(),
  ]);

  async function check(name: string, [command = "", ...args]: string[]): Promise<Tally> {
    const code = await children.run(command, args, { cwd: context.root });
    console.log(`    ${name}: ${code === 0 ? "ok" : `failed (exit ${code})`}`);
    if (code === 0) return tally({ passed: 1 });
    return tally({ failed: 1, failures: [`lint: ${name}, see its output above`] });
  }

  async function shellcheck(): Promise<Tally> {
    const scripts = files.filter((file) => isShellScript(join(context.root, file)));
    if (scripts.length === 0) return tally({ failed: 1, failures: ["lint: no shell scripts"] });
    const path = await findShellcheck();
    if (path === undefined) {
      return missingTool(context, "shellcheck", "install it (apt-get or brew install shellcheck)");
    }
    return check(`shellcheck (${scripts.length} scripts)`, [path, "-x", ...scripts]);
  }

  async function actionlint(): Promise<Tally> {
    const workflows = files.filter((file) => /^\.github\/workflows\/.+\.ya?ml$/.test(file));
    if (workflows.length === 0) return tally({ failed: 1, failures: ["lint: no workflows"] });
    const command = await findActionlint(context.root);
    if (command === undefined) {
      return missingTool(context, "actionlint", "install Go 1.25 or newer, or actionlint itself");
    }
    const shell = await findShellcheck();
    const args = [...(shell ? [`-shellcheck=${shell}`] : []), "-pyflakes="];
    const paths = workflows.map((file) => join(context.root, file));
    return check(`actionlint (${workflows.length} workflows)`, [...command, ...args, ...paths]);
  }
}

export async function runTypes(children: Children, context: StepContext): Promise<Tally> {
  const results: Tally[] = [];
  await installExample(children, context);
  const folders = [".", "components", ...examplePackages(context.root)];
  for (const config of folders.map((folder) => join(folder, "tsconfig.json"))) {
    const args = ["--noEmit", "-p", config];
    const code = await children.run("tsc", args, { cwd: context.root });
    console.log(`    tsc -p ${config}: ${code === 0 ? "ok" : `failed (exit ${code})`}`);
    const failed = tally({
      failed: 1,
      failures: [`types: tsc -p ${config}, see its output above`],
    });
    results.push(code === 0 ? tally({ passed: 1 }) : failed);
  }
  return addUp(results);
}

/** Every file of the project, committed or about to be. */
export async function projectFiles(root: string): Promise<string[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await execa("git", args, { cwd: root });
  const files = stdout.split("\0").filter((file) => file !== "");
  return files.filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile());
}

/** By its name, or by a first line that names sh or bash. */
export function isShellScript(path: string): boolean {
  if (path.endsWith(".sh")) return true;
  const start = Buffer.alloc(64);
  const file = openSync(path, "r");
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  return /^#!\s*\/(usr\/)?bin\/(env\s+)?(ba|da)?sh\b/.test(start.toString("latin1"));
}
