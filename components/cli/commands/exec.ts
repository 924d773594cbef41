/** `longshore exec` and `longshore run`: commands in a stack, which end with the command's own exit code. */
import { streamsFor } from "../attach.ts";
import type { CommonOptions } from "../context.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";

export interface ExecOptions extends CommonOptions {
  host?: string;
  interactive?: boolean;
}

/**
 * Runs a command. Returns its exit code.
 * @param where `exec`: in a replica that runs. `runOnce`: in a container of its own, like a service's.
 */
export async function runCommand(
  where: "exec" | "runOnce",
  service: string,
  command: string[],
  { host, interactive, ...options }: ExecOptions,
): Promise<number> {
  const runtime = await openRuntime(await openStack(options));
  return runtime[where]({ service, command, host, streams: streamsFor(interactive) });
}
