// Runs one of the project's commands that later steps depend on.
import type { Children } from "./child.ts";
import { tally, type StepContext, type Tally } from "./step.ts";

/** Counts only if it fails. Its processes may outlive the test run on purpose: they are not marked. */
export async function prepare(
  children: Children,
  context: StepContext,
  program: string,
  command: string,
): Promise<Tally> {
  const options = { cwd: context.root, marked: false };
  const code = await children.run(process.execPath, [program, command], options);
  if (code === 0) return tally();
  return tally({ failed: 1, failures: [`${program} ${command} ended with exit code ${code}`] });
}
