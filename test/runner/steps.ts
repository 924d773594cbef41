// The steps of a test run, in their order.
import type { Children } from "./child.ts";
import { runContract } from "./contract.ts";
import { runGo } from "./go.ts";
import { runLint, runTypes } from "./lint.ts";
import { prepare } from "./prepare.ts";
import type { Step } from "./step.ts";
import { runVitest } from "./vitest.ts";
import { workbenchStep } from "./workbench.ts";

/** The Go modules with tests of their own. */
const GO_MODULES = ["toolchain/command", "toolchain/digitalocean"];

export function allSteps(children: Children): Step[] {
  return [
    {
      name: "lint",
      title: "eslint, imports, prettier, shellcheck, actionlint",
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
      name: "contract",
      title: "inputs of AWS resources against AWS's own models",
      run: (context) => runContract(children, context),
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
