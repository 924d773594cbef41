// The steps of a test run, in their order.
import { execa } from "execa";
import { Children } from "./child.ts";
import { runGo } from "./go.ts";
import { runLint, runTypes } from "./lint.ts";
import { tally, type Step, type StepContext, type Tally } from "./step.ts";
import { runVitest } from "./vitest.ts";

/** The Go modules with tests of their own. */
const GO_MODULES = ["toolchain/command"];

export function allSteps(children: Children): Step[] {
  return [
    {
      name: "lint",
      title: "eslint, prettier, shellcheck, actionlint",
      run: (context) => runLint(children, context),
    },
    { name: "types", title: "tsc", run: (context) => runTypes(children, context) },
    {
      name: "unit",
      title: "pure functions and components",
      run: (context) => runVitest(children, "unit", context),
    },
    {
      name: "program",
      title: "every stack file under mocks",
      run: (context) => runVitest(children, "program", context),
    },
    {
      name: "go",
      title: `Go tests of ${GO_MODULES.join(", ")}`,
      run: (context) => runGo(children, GO_MODULES, context),
    },
    {
      name: "toolchain",
      title: "Pulumi CLI and plugins (several minutes the first time)",
      run: (context) => prepare(children, context, "toolchain/cli.ts", "install"),
    },
    workbenchStep(children),
    {
      name: "e2e",
      title: "real engines, real pulumi up",
      needs: ["toolchain", "workbench"],
      run: (context) => runVitest(children, "e2e", context),
    },
  ];
}

/** What `--only NAME` stands for: `unit` is everything that is fast and needs no engine. */
export function choose(steps: Step[], only: string[] | undefined): Step[] {
  if (only === undefined) return steps;
  const names = steps.map((step) => step.name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no step is called ${unknown.join(", ")}. Steps are: ${names.join(", ")}.`);
  }
  const wanted = new Set(only);
  if (wanted.has("unit")) wanted.add("program");
  if (wanted.has("e2e")) wanted.add("toolchain").add("workbench");
  return steps.filter((step) => wanted.has(step.name));
}

/** Starts the workbench; stops it at the end if it was not running before. */
function workbenchStep(children: Children): Step {
  let root: string | undefined;
  return {
    name: "workbench",
    title: "engine, registry and builder",
    async run(context) {
      const status = await workbench(context.root, "status");
      if (status.exitCode !== 0) root = context.root;
      return prepare(children, context, "workbench/cli.ts", "up");
    },
    async cleanUp() {
      if (root === undefined) return;
      const down = new Children();
      const args = ["workbench/cli.ts", "down"];
      const code = await down.run(process.execPath, args, { cwd: root, marked: false });
      if (code !== 0)
        throw new Error("the workbench could not be stopped: npm run workbench -- down");
    },
  };
}

function workbench(root: string, command: string) {
  const options = { cwd: root, reject: false, stdin: "ignore" } as const;
  return execa(process.execPath, ["workbench/cli.ts", command], options);
}

/** Runs one of the project's commands that later steps depend on; counts only if it fails. */
async function prepare(
  children: Children,
  context: StepContext,
  program: string,
  command: string,
): Promise<Tally> {
  // Not marked: what it starts may outlive the test run on purpose.
  const options = { cwd: context.root, marked: false };
  const code = await children.run(process.execPath, [program, command], options);
  if (code === 0) return tally();
  return tally({ failed: 1, failures: [`${program} ${command} ended with exit code ${code}`] });
}
