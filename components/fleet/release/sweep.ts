/** Clears what an interrupted create leaves: Pulumi knows nothing of it, so nobody else would. */
import type { ReleaseHost } from "./host.ts";

/** Removes a stack's containers that are not `known`, running or not. Proxies are left to Pulumi. */
export async function sweepStrays(
  host: ReleaseHost,
  stack: string,
  known: ReadonlySet<string>,
  log: (line: string) => void,
): Promise<void> {
  for (const stray of await host.list(stack)) {
    if (known.has(stray.name) || stray.labels["longshore.role"] === "proxy") continue;
    log(`removing stray container ${stray.name} on ${host.name}`);
    await host.stop(stray.name, 10);
    await host.remove(stray.name);
  }
}
