/** What a host serves right now, read before anything is planned so that a preview can name it. */
import { connectHost } from "./release/host.ts";
import type { HostState } from "./release/types.ts";

/**
 * Service → tag that serves on the engine at `dockerHost`; empty before the first release.
 * @param proxy name of the stack's proxy container there; undefined if there is none.
 */
export async function readServing(
  dockerHost: string,
  proxy: string | undefined,
): Promise<Record<string, string>> {
  if (proxy === undefined) return {};
  const file = await connectHost("local", dockerHost).readFile(proxy, "/etc/longshore/state.json");
  if (file === undefined) return {};
  const { services } = JSON.parse(file) as HostState;
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) => {
      const slot = service[service.active];
      return slot === null ? [] : [[name, slot.tag]];
    }),
  );
}
