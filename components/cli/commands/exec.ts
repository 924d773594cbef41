/** `longshore exec` and `longshore run`: commands in a stack, which end with the command's own exit code. */
import { streamsFor } from "../attach.ts";
import type { CommonOptions } from "../context.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";

export interface ExecOptions extends CommonOptions {
  host?: string;
  interactive?: boolean;
}

/** In a replica that runs. Returns the command's exit code. */
export async function execute(
  service: string,
  command: string[],
  { host, interactive, ...options }: ExecOptions,
): Promise<number> {
  const runtime = await openRuntime(await openStack(options));
  return runtime.exec({ service, command, host, streams: streamsFor(interactive) });
}

/** In a container of its own, like a service's. Returns the command's exit code. */
export async function runOnce(
  service: string,
  command: string[],
  { host, interactive, ...options }: ExecOptions,
): Promise<number> {
  const runtime = await openRuntime(await openStack(options));
  return runtime.runOnce({ service, command, host, streams: streamsFor(interactive) });
}
