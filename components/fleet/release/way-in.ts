/** Who has a host's ports, and how another container comes to have them. */
import type { HeldHost } from "../state/held-host.ts";
import { FORWARDER_KEY, RestoreGuard } from "../state/guards.ts";
import type { ProxyControl } from "../proxy/control.ts";
import { Forwarder } from "../proxy/forwarder.ts";
import type { HostRequest, HostState } from "../types.ts";
import type { Log } from "../../output/log.ts";

/** The containers that a host is reached through. */
export interface WayIn {
  proxy: string;
  /** Has the ports. Undefined: the proxy has them itself, as before there were forwarders. */
  forwarder: string | undefined;
}

/** Seconds for what is in progress when a container is stopped that has the ports: they are closed at once. */
const LAST_REQUESTS = 3;

/** The container that has the ports. */
export function portsOf({ proxy, forwarder }: WayIn): string {
  return forwarder ?? proxy;
}

/** Whether they are the same containers. */
export function isSame(one: WayIn, other: WayIn): boolean {
  return one.proxy === other.proxy && one.forwarder === other.forwarder;
}

/** A network that a container was brought into. */
export interface Joined {
  container: string;
  network: string;
}

/** Brings those that serve into the networks of those that will, where the new replicas are. */
export async function joinNetworks(
  host: HeldHost,
  from: WayIn,
  to: Pick<HostRequest, "proxy" | "forwarder">,
): Promise<Joined[]> {
  const pairs = [[portsOf(from), to.forwarder]];
  if (from.forwarder !== undefined) pairs.push([from.proxy, to.proxy]);
  const joined: Joined[] = [];
  for (const [container = "", like = ""] of pairs) {
    if (container === like) continue;
    for (const network of await host.networks.join(container, like)) {
      joined.push({ container, network });
    }
  }
  return joined;
}

/** Another proxy takes over behind the same forwarder. @returns what is loaded then. */
export async function handOver(
  host: HeldHost,
  from: ProxyControl,
  to: ProxyControl,
  loaded: HostState,
): Promise<HostState> {
  const state: HostState = { ...loaded, proxy: to.container };
  try {
    await startBeside(host, to, loaded);
    await to.remember(state);
  } catch (error) {
    host.takeBack();
    await from.remember(loaded);
    await host.stop(to.container, 0);
    throw error;
  }
  return state;
}

/** Starts a proxy beside the one that serves. If a killed deployer had done so, it knows what served then. */
async function startBeside(host: HeldHost, proxy: ProxyControl, loaded: HostState): Promise<void> {
  await host.stop(proxy.container, 0);
  await proxy.start(loaded);
}

/**
 * Brings the ports to another forwarder, which cannot have them at the same time: they are closed for a moment.
 * @param proxy the one that serves.
 * @returns what is loaded then. If it does not come up, or this process ends half-way, the first one comes back.
 */
export async function swapForwarder(
  host: HeldHost,
  proxy: ProxyControl,
  loaded: HostState,
  next: string,
  log: Log,
): Promise<HostState> {
  const open = loaded.forwarder ?? "";
  const state: HostState = { ...loaded, forwarder: next };
  const restoration = {
    ...{ key: FORWARDER_KEY, value: open, start: [open] },
    stop: [{ container: next, grace: LAST_REQUESTS }],
  };
  const guard = await RestoreGuard.open(host, proxy.container, [restoration], log);
  try {
    await host.stop(open, LAST_REQUESTS);
    await new Forwarder(host, next).start();
    await proxy.remember(state);
  } catch (error) {
    host.takeBack();
    await host.stop(next, 0);
    await proxy.remember(loaded);
    await new Forwarder(host, open).start();
    await guard.close();
    throw error;
  }
  await guard.close();
  return state;
}

/**
 * A proxy that has the ports itself, as before there were forwarders, becomes the forwarder by a reload, and another
 * one serves behind it.
 * @returns what is loaded then.
 */
export async function moveBehind(
  host: HeldHost,
  from: ProxyControl,
  to: ProxyControl,
  loaded: HostState,
): Promise<HostState> {
  const state: HostState = { ...loaded, proxy: to.container, forwarder: from.container };
  try {
    await startBeside(host, to, loaded);
    await to.remember(state);
    await new Forwarder(host, from.container).reload();
  } catch (error) {
    host.takeBack();
    await from.remember(loaded);
    await from.resync(loaded);
    await host.stop(to.container, 0);
    throw error;
  }
  return state;
}

/** The way back: the forwarder serves itself again. */
export async function moveBefore(
  host: HeldHost,
  from: ProxyControl,
  to: ProxyControl,
  { forwarder: _, ...loaded }: HostState,
): Promise<HostState> {
  const state: HostState = { ...loaded, proxy: to.container };
  // By the one that serves until the reload: who writes is led to.
  await from.remember(state);
  await new Forwarder(host, to.container).reload();
  return state;
}
