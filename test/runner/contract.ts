// Runs the tests against models of APIs, which come with a Python package.
import { PYTHON_CHECK, PYTHON_REMEDY } from "../support/python.ts";
import type { Children } from "./child.ts";
import type { StepContext, Tally } from "./step.ts";
import { missingTool } from "./tools.ts";
import { runVitest } from "./vitest.ts";

export async function runContract(children: Children, context: StepContext): Promise<Tally> {
  if ((await children.run("python3", PYTHON_CHECK, { cwd: context.root })) !== 0) {
    return missingTool(context, "inputs against AWS's models", PYTHON_REMEDY);
  }
  return runVitest(children, "contract", context);
}
