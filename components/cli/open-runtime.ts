/** The one place where the command line meets a runtime: it is loaded only when something is asked of it. */
import type { Operations } from "../releases/operations.ts";
import { runtimeOf } from "../releases/exported-state.ts";
import { CliError } from "./exit.ts";
import type { OpenStack } from "./stack.ts";

/** What can be asked of a stack. @throws CliError if nothing was ever released. */
export async function openRuntime(open: OpenStack): Promise<Operations> {
  const told = await open.request();
  const runtime = runtimeOf(await open.deployment());
  switch (runtime) {
    case undefined:
      throw new Error("The stack was released by a runtime that this Longshore does not know.");
    case "ecs":
      throw new CliError(
        "Stacks on ECS can be released and brought back by Longshore, and not yet looked into. Ask AWS: " +
          "`aws ecs describe-services`, `aws logs tail`, `aws ecs execute-command`.",
      );
    case "fleet": {
      const { fleetOperations } = await import("../fleet/operations/index.ts");
      return fleetOperations(told as Parameters<typeof fleetOperations>[0]);
    }
  }
}
