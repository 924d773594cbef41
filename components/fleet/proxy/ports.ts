/** The ports that a host's proxy listens at, and what is behind them. Pure. */
import { byName } from "../../order.ts";
import type { HostState, ServiceState, Slot } from "../types.ts";
import { activeSlot } from "./slot-servers.ts";

/** All of them, the public one first. */
export function listenPorts(state: HostState): number[] {
  const { publicPort, statusPort } = state.settings;
  const links = linkPorts(state).map(({ port }) => port);
  return [...new Set([publicPort, statusPort, ...links.sort((x, y) => x - y)])];
}

/** Ports at which HTTP services are reached, several at one. */
export function httpPorts(state: HostState): number[] {
  const http = linkPorts(state).filter(({ protocol }) => protocol === "http");
  return [...new Set(http.map(({ port }) => port))].sort((x, y) => x - y);
}

/**
 * Where links reach services: by their active slots, and where a new version is to be reached at another port, there
 * as well, since new versions of its callers go there. Where such a port is another service's still, that one has it.
 */
export function linkPorts(state: HostState): { service: string; port: number; protocol: string }[] {
  const places = (service: string, slot: Slot | null) => {
    if (slot?.endpoint === undefined) return [];
    const { port, linkPort = port, protocol } = slot.endpoint;
    return [{ service, port: linkPort, protocol }];
  };
  const active = served(state).flatMap(([name, service]) => places(name, activeSlot(service)));
  const coming = served(state).flatMap(([name, service]) =>
    places(name, service.active === "a" ? service.b : service.a),
  );
  const isFree = (place: (typeof active)[number]) =>
    active.every(
      ({ port, protocol, service }) =>
        port !== place.port ||
        (protocol === "http" && place.protocol === "http" && service !== place.service),
    );
  return [...active, ...coming.filter(isFree)];
}

/** Services that listen somewhere, by name. */
export function served(state: HostState): [string, ServiceState][] {
  return Object.entries(state.services)
    .filter(([, service]) => activeSlot(service)?.endpoint !== undefined)
    .sort(([x], [y]) => byName(x, y));
}
