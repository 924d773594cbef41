/** The start of a host's proxy, with the one moment at which its ports may be closed. */
import type { ContainerView, ReleaseHost } from "./host.ts";
import type { Proxy } from "./proxy.ts";
import type { HostState } from "./types.ts";

/** Starts the wanted proxy; another one that holds its ports gives way, and comes back on failure. */
export async function startProxy(
  host: ReleaseHost,
  proxy: Proxy,
  found: ContainerView[],
  state: HostState,
  log: (line: string) => void,
): Promise<void> {
  if (await proxy.running()) return;
  const others = found.filter(
    (view) =>
      view.running && view.labels["longshore.role"] === "proxy" && view.name !== proxy.container,
  );
  for (const { name } of others) {
    log(`proxy on ${host.name} is replaced: its ports are closed for a moment`);
    await host.stop(name, 3); // its ports are closed at once; this is for requests in progress
  }
  try {
    await proxy.start(state);
    log(`proxy on ${host.name} started`);
  } catch (error) {
    await host.stop(proxy.container, 0);
    for (const { name } of others) await host.start(name);
    throw error;
  }
}
