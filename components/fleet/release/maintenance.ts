/** Maintenance mode of one host: visitors get a page, until it is switched off again. */
import type { ReleaseHost } from "./host.ts";
import { lockHost, ownHolder } from "./lock.ts";
import { Proxy } from "./proxy.ts";
import type { Maintenance } from "./types.ts";

/**
 * Switches maintenance mode of one host on or off. It outlives releases and restarts of the proxy;
 * services go on running and calling each other.
 * @param proxy the stack's proxy container there.
 * @param wanted undefined switches it off.
 * @throws HostLocked if a release is at work; an Error if nothing was ever released there.
 */
export async function setMaintenance(
  host: ReleaseHost,
  proxy: string,
  wanted: Maintenance | undefined,
): Promise<void> {
  const lock = await lockHost(host, proxy, ownHolder());
  try {
    const control = new Proxy(host, proxy);
    const state = await control.readState();
    if (state === undefined) {
      throw new Error(
        `Nothing was released on host \`${host.name}\` yet: run \`longshore up\` first.`,
      );
    }
    control.fence = state.release;
    const next = { ...state };
    delete next.maintenance;
    await control.setMaintenance(wanted === undefined ? next : { ...next, maintenance: wanted });
  } finally {
    await lock.close();
  }
}
