/** The beginning of a release on one host: its proxy, its lock, and what it serves. */
import { checkFence } from "./fence.ts";
import type { ReleaseHost, Session } from "./host.ts";
import { type Holder, lockHost } from "./lock.ts";
import { emptyState } from "./planner.ts";
import { startProxy } from "./proxy-start.ts";
import { Proxy } from "./proxy.ts";
import type { Log } from "./step.ts";
import type { HostRequest, HostState, ReleaseRequest } from "./types.ts";

/** How a release may treat a host that others have been at. */
export interface Manners {
  holder: Holder;
  /** Seconds to wait for another release to end. */
  wait: number;
  /** Goes on although the stack's state is older than the host's. */
  takeOver: boolean;
}

/** A host that this release alone works on. */
export interface OpenedHost {
  proxy: Proxy;
  lock: Session;
  /** What it really serves. */
  current: HostState;
}

/**
 * Makes sure that the host's proxy runs with what it served last, and that nobody else releases.
 * @throws HostLocked, StaleState
 */
export async function openHost(
  host: ReleaseHost,
  release: ReleaseRequest,
  own: HostRequest,
  manners: Manners,
  log: Log,
): Promise<OpenedHost> {
  const proxy = new Proxy(host, own.proxy);
  const remembered = (await proxy.readState()) ?? emptyState(release);
  if (!manners.takeOver) checkFence(host.name, remembered, release.lastRelease);
  await host.look.sweepHelpers(release.stack);
  await startProxy(host, proxy, await host.list(release.stack), remembered, log);
  const lock = await lockHost(host, own.proxy, manners.holder, manners.wait);
  try {
    // Read again: another release may have ended while this one waited.
    const state = (await proxy.readState()) ?? remembered;
    if (!manners.takeOver) checkFence(host.name, state, release.lastRelease);
    const slots = await proxy.activeSlots();
    const services = Object.fromEntries(
      // A release that was killed between file and proxy: what really serves counts.
      Object.entries(state.services).map(([name, service]) => [
        name,
        { ...service, active: slots.get(name) ?? service.active },
      ]),
    );
    return { proxy, lock, current: { ...state, services } };
  } catch (error) {
    await lock.close();
    throw error;
  }
}
