/** `longshore logs`: what the replicas of a service print, from all hosts, each line with its replica. */
import type { ReplicaName } from "../../releases/operations.ts";
import type { CommonOptions, Terminal } from "../context.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";

export interface LogOptions extends CommonOptions {
  follow?: boolean;
  /** Lines of each replica. @default 100 */
  tail?: number;
  /** Control characters as the containers print them, for this terminal to carry out. */
  raw?: boolean;
}

export async function logs(
  service: string | undefined,
  options: LogOptions,
  terminal: Terminal,
): Promise<void> {
  const { follow = false, tail = 100 } = options;
  const runtime = await openRuntime(await openStack(options));
  const found = await runtime.logs(service);
  const width = Math.max(...found.map(({ name }) => textOf(name).length));
  const print = (name: ReplicaName, line: string) => {
    if (options.json) return terminal.raw(JSON.stringify({ ...name, line }));
    const text = `${textOf(name).padEnd(width)} | ${line}`;
    return options.raw ? terminal.raw(text) : terminal.out(text);
  };
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  await Promise.all(
    found.map((log) =>
      log.read({ follow, tail, signal: stop.signal }, (line) => print(log.name, line)),
    ),
  );
}

function textOf({ host, service, replica }: ReplicaName): string {
  return `${host}/${service}-${replica}`;
}
