/** Clears what an interrupted create leaves: Pulumi knows nothing of it, so nobody else would. */
import type { ReleaseHost } from "../../engine/host.ts";

/**
 * Removes a stack's containers that are not `known`, running or not. Helpers of a release are none of
 * them, and a proxy or a forwarder that runs is left to Pulumi.
 * @param proxies removes those too: they are of another state, which nobody's Pulumi deletes any more.
 */
export async function sweepStrays(
  host: ReleaseHost,
  stack: string,
  known: ReadonlySet<string>,
  log: (line: string) => void,
  { proxies = false } = {},
): Promise<void> {
  for (const stray of await host.list(stack)) {
    if (known.has(stray.name) || stray.labels["longshore.helper"] !== undefined) continue;
    const role = stray.labels["longshore.role"];
    if ((role === "proxy" || role === "forwarder") && stray.running && !proxies) continue;
    log(`removing stray container ${stray.name} on ${host.name}`);
    await host.stop(stray.name, 10);
    await host.remove(stray.name);
  }
}
