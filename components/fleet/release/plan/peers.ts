/** How a host comes to know where other hosts have the services that it has no replica of. Pure. */
import type { HostRequest, HostState, RemoteService } from "../../types.ts";
import { same } from "./same.ts";

type Peers = Pick<HostState, "remote" | "peers">;

/** Whether a host must be told anew what others have, or that others come to it. */
export function followsOthers(current: Peers, host: Peers): boolean {
  return !same([current.remote ?? {}, current.peers], [host.remote ?? {}, host.peers]);
}

/** The same state, with services where the request says. */
export function followOthers<State extends Peers>(state: State, { remote, peers }: Peers): State {
  delete state.remote;
  delete state.peers;
  return Object.assign(state, remote && { remote }, peers && { peers });
}

/**
 * Where services are while the new versions prove themselves: those that serve stay where they are, and what is new is
 * found already, also at new ports.
 */
export function stagedPeers(current: HostState, host: HostRequest): Peers {
  const before = current.remote ?? {};
  const wanted = Object.entries(host.remote ?? {}).filter(
    ([name]) => current.services[name] === undefined,
  );
  const staged: Record<string, RemoteService> = { ...before };
  for (const [name, next] of wanted) {
    const now = before[name];
    const { endpoint, ports } = next;
    const moved = now !== undefined && !same([now.endpoint, now.ports], [endpoint, ports]);
    const coming = { endpoint, ...(ports && { ports }) };
    staged[name] = now === undefined ? next : { ...now, ...(moved && { coming }) };
  }
  const peers = host.peers ?? current.peers;
  return {
    ...(Object.keys(staged).length > 0 ? { remote: staged } : {}),
    ...(peers && { peers }),
  };
}
