/** The ports that a host's proxy listens at, and what is behind them. Pure. */
import { PEER_PORTS } from "../../hosts/peer-ports.ts";
import { byName } from "../../order.ts";
import type { Endpoint } from "../../services/index.ts";
import type { HostState, RemoteService, ServiceState, Slot } from "../types.ts";
import { activeSlot } from "./slot-servers.ts";
import { servedTls } from "./tls.ts";

/** A port at which links reach a service. */
export interface LinkPort {
  service: string;
  /** Name of the port that they reach there; absent: the main one. */
  portName?: string;
  port: number;
  protocol: Endpoint["protocol"];
}

/** What leads to it in links.map: `service`, and of a named port `service:.name`, with the end of its backend's name. */
export function linkTarget({ service, portName }: LinkPort): string {
  return portName === undefined ? service : `${service}:.${portName}`;
}

/** All of them, the public one first. */
export function listenPorts(state: HostState): number[] {
  const { publicPort, statusPort } = state.settings;
  const tls = servedTls(state);
  const own = [publicPort, statusPort, ...(tls === undefined ? [] : [tls.port])];
  const links = linkPorts(state).map(({ port }) => port);
  const peers = state.peers === true ? Object.values(PEER_PORTS) : [];
  return [...new Set([...own, ...peers, ...links.sort((x, y) => x - y)])];
}

/** Ports at which HTTP services are reached, several at one. */
export function httpPorts(state: HostState): number[] {
  const http = linkPorts(state).filter(({ protocol }) => protocol !== "tcp");
  return [...new Set(http.map(({ port }) => port))].sort((x, y) => x - y);
}

/** Those at which a named port of a service is reached. */
export function namedPorts(state: HostState): number[] {
  return linkPorts(state).flatMap(({ port, portName }) => (portName === undefined ? [] : [port]));
}

/**
 * Where links reach services: by their active slots, and where a new version is to be reached at another port, there
 * as well, since new versions of its callers go there. Where such a port is another service's still, that one has it.
 */
export function linkPorts(state: HostState): LinkPort[] {
  const remote = Object.entries(state.remote ?? {}).sort(([x], [y]) => byName(x, y));
  const here = served(state).filter(([name]) => state.remote?.[name] === undefined);
  const active = [
    ...here.flatMap(([name, service]) => places(name, activeSlot(service))),
    ...remote.flatMap(([name, service]) => places(name, service)),
  ];
  const coming = [
    ...here.flatMap(([name, service]) =>
      places(name, service.active === "a" ? service.b : service.a),
    ),
    ...remote.flatMap(([name, service]) => places(name, service.coming)),
  ];
  const isFree = (place: LinkPort) =>
    active.every(
      ({ port, protocol, service }) =>
        port !== place.port ||
        (protocol !== "tcp" && place.protocol !== "tcp" && service !== place.service),
    );
  return [...active, ...coming.filter(isFree)];
}

/** The services of this host by all their ports, for the proxies of others. */
export function ownPorts(state: HostState): LinkPort[] {
  return served(state).flatMap(([name, service]) => places(name, activeSlot(service)));
}

function places(
  service: string,
  slot: Pick<Slot | RemoteService, "endpoint" | "ports"> | null | undefined,
): LinkPort[] {
  if (slot?.endpoint === undefined) return [];
  const named = Object.entries(slot.ports ?? {})
    .sort(([x], [y]) => byName(x, y))
    .map(([portName, endpoint]) => ({ portName, ...endpoint }));
  return [slot.endpoint, ...named].map(({ port, linkPort = port, protocol, ...name }) => ({
    ...{ service, port: linkPort, protocol },
    ...name,
  }));
}

/** Services that listen somewhere, by name. */
export function served(state: HostState): [string, ServiceState][] {
  return Object.entries(state.services)
    .filter(([, service]) => activeSlot(service)?.endpoint !== undefined)
    .sort(([x], [y]) => byName(x, y));
}
