// The workbench as the test run sees it: started where it is not up, and stopped at the end then.
import { Children } from "./child.ts";
import { prepare } from "./prepare.ts";
import type { Step } from "./step.ts";

export function workbenchStep(children: Children): Step {
  let root: string | undefined;
  return {
    name: "workbench",
    title: "engine, registry and builder",
    async run(context) {
      const { status } = await import("../../workbench/index.ts");
      if (!(await status()).healthy) root = context.root;
      return prepare(children, context, "workbench/commands/workbench.ts", "up");
    },
    async cleanUp() {
      if (root === undefined) return;
      const args = ["workbench/commands/workbench.ts", "down"];
      const code = await new Children().run(process.execPath, args, { cwd: root, marked: false });
      if (code !== 0) throw new Error("the workbench was not stopped: npm run workbench -- down");
    },
  };
}

/** The engine's address, where the workbench is up. */
export async function engineAddress(): Promise<string | undefined> {
  const { status } = await import("../../workbench/index.ts");
  return (await status()).dockerHost;
}

/** Whether a process belongs to the workbench, which a test may have had to bring up again. */
export async function workbenchProcesses(): Promise<(commandLine: string) => boolean> {
  const { workbenchPaths } = await import("../../workbench/paths.ts");
  const { runtime } = workbenchPaths();
  return (commandLine) => commandLine.includes(runtime);
}
