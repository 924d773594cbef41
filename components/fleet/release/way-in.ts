/** Who has a host's ports, and how another container comes to have them. */
import type { HeldHost } from "../state/held-host.ts";
import { FORWARDER_KEY, PROXY_KEY, RestoreGuard } from "../state/guards.ts";
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

/** Starts a proxy beside the one that serves. If a killed deployer had done so, it knows what served then. */
export async function startBeside(
  host: HeldHost,
  proxy: ProxyControl,
  loaded: HostState,
): Promise<void> {
  await host.stop(proxy.container, 0);
  await proxy.start(loaded);
}

/**
 * Brings the ports to another container, which cannot have them at the same time.
 * @param from the proxy that serves.
 * @param to the one that shall, perhaps the same.
 * @returns what is loaded then. If it does not come up, or this process ends half-way, the first one comes back.
 */
export async function swapPorts(
  host: HeldHost,
  from: ProxyControl,
  to: ProxyControl,
  loaded: HostState,
  wanted: WayIn,
  log: Log,
): Promise<HostState> {
  const before: WayIn = { proxy: from.container, forwarder: loaded.forwarder };
  const [open, next] = [portsOf(before), portsOf(wanted)];
  const moves = from.container !== to.container;
  const beside = moves && wanted.forwarder !== undefined;
  const state: HostState = { ...loaded, proxy: wanted.proxy };
  if (wanted.forwarder === undefined) delete state.forwarder;
  else state.forwarder = wanted.forwarder;
  // The key is one whose value the record changes once all is done.
  const [key, value] = moves ? [PROXY_KEY, from.container] : [FORWARDER_KEY, open];
  let guard: RestoreGuard | undefined;
  try {
    if (beside) await startBeside(host, to, loaded);
    const stop = [{ container: next, grace: LAST_REQUESTS }];
    guard = await RestoreGuard.open(host, to.container, [{ key, value, start: [open], stop }], log);
    await host.stop(open, LAST_REQUESTS);
    if (wanted.forwarder === undefined) {
      await to.start(loaded);
    } else {
      await to.takeEntry();
      await new Forwarder(host, wanted.forwarder).start();
    }
    await to.remember(state);
  } catch (error) {
    host.takeBack();
    await host.stop(next, 0);
    if (before.forwarder === undefined) {
      await host.start(open);
      await from.untilAnswers();
    } else {
      await from.remember(loaded);
      await new Forwarder(host, open).start();
    }
    if (beside) await host.stop(to.container, 0);
    await guard?.close();
    throw error;
  }
  await guard.close();
  if (moves && from.container !== open) await host.stop(from.container, LAST_REQUESTS);
  return state;
}
