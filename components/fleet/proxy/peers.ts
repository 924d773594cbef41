/**
 * The proxies of a stack's hosts among each other: what a host has no replica of is asked of the proxies of those that
 * have, at two ports of their private addresses. One is for HTTP, where a header names the service; the other for
 * TCP, where the name goes ahead of the connection, in its PROXY header. Pure.
 */
import { isIPv6 } from "node:net";
import type { Endpoint } from "../../services/index.ts";
import type { HostState, RemoteService } from "../types.ts";
import { byName } from "../../order.ts";
import { PEER_PORTS } from "../../hosts/peer-ports.ts";
import { linkTarget, ownPorts } from "./ports.ts";

/** Of the custom range of the PROXY protocol's types (section 2.2.7 of its specification): the service's name. */
export const SERVICE_TLV = "0xE1";
/** Headers of HTTP between proxies: the service that is wanted, and that of a check. */
export const PEER_HEADERS = { service: "x-longshore-service", check: "x-longshore-check" };

/** A backend that leads to other hosts. */
export interface RemoteBackend {
  service: string;
  /** `.NAME` of the port that it leads to; undefined: the main one. */
  port: string | undefined;
  name: string;
  protocol: Endpoint["protocol"];
  /** What its service is called between proxies. */
  called: string;
  servers: string[];
  /** What a check asks for; undefined: there is one host alone, and its proxy answers for itself. */
  check: string | undefined;
}

/** The backends of services that other hosts have; those of named ports before the main one's. */
export function remoteBackends({ remote = {} }: HostState): RemoteBackend[] {
  return Object.entries(remote)
    .sort(([x], [y]) => byName(x, y))
    .flatMap(([service, wanted]) => backendsOf(service, wanted));
}

function backendsOf(service: string, { at, endpoint, ports = {} }: RemoteService): RemoteBackend[] {
  const named = Object.entries(ports).sort(([x], [y]) => byName(x, y));
  const all: [string | undefined, Endpoint][] = [...named, [undefined, endpoint]];
  return all.map(([portName, { protocol }]) => ({
    ...{
      service,
      protocol,
      servers: at.map((address) => (isIPv6(address) ? `[${address}]` : address)),
    },
    port: portName === undefined ? undefined : `.${portName}`,
    name: ["remote", service, ...(portName === undefined ? [] : [portName])].join("."),
    called: calledBetween(service, portName),
    check: at.length > 1 ? peerKey(endpoint.protocol, calledBetween(service)) : undefined,
  }));
}

/** Lines of links.map for what other hosts may ask for: `peer.http/NAME SERVICE`, of a named port `SERVICE:.PORT`. */
export function peerEntries(state: HostState): [string, string][] {
  if (state.peers !== true) return [];
  return ownPorts(state).map((port) => [
    peerKey(port.protocol, calledBetween(port.service, port.portName)),
    linkTarget(port),
  ]);
}

/** The port of another host's proxy for what is spoken. */
export function peerPort(protocol: Endpoint["protocol"]): number {
  return protocol === "tcp" ? PEER_PORTS.tcp : PEER_PORTS.http;
}

function calledBetween(service: string, portName?: string): string {
  return portName === undefined ? service : `${service}:${portName}`;
}

function peerKey(protocol: Endpoint["protocol"], called: string): string {
  return `peer.${protocol === "tcp" ? "tcp" : "http"}/${called}`;
}
