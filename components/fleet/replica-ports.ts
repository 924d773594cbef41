/** The ports of a service, as its replicas listen on them. Pure. */
import { byName } from "../order.ts";
import type { Endpoint } from "../services/index.ts";
import type { Slot } from "./types.ts";

/** A port of a replica. */
export interface ReplicaPort {
  port: number;
  /** Absent: the main one. */
  name?: string;
  protocol: Endpoint["protocol"];
}

type Listening = Pick<Slot, "endpoint" | "ports" | "health">;

/** All ports, the main one first; empty for a worker that serves nobody. */
export function portsOf({ endpoint, ports = {} }: Pick<Slot, "endpoint" | "ports">): ReplicaPort[] {
  if (endpoint === undefined) return [];
  const named = Object.entries(ports).sort(([x], [y]) => byName(x, y));
  return [
    { port: endpoint.port, protocol: endpoint.protocol },
    ...named.map(([name, { port, protocol }]) => ({ port, name, protocol })),
  ];
}

/** The port that the proxy's checks look at; undefined if there is none. */
export function checkedPort(service: Listening): ReplicaPort | undefined {
  const { health } = service;
  const name = health.kind === "http" || health.kind === "tcp" ? health.port : undefined;
  return portsOf(service).find((port) => port.name === name);
}

/** The ports that the proxy's checks do not look at. */
export function uncheckedPorts(service: Listening): ReplicaPort[] {
  const checked = checkedPort(service);
  return portsOf(service).filter(({ name }) => name !== checked?.name);
}

/** `port 9090`, or with its name. */
export function describePort({ port, name }: Pick<ReplicaPort, "port" | "name">): string {
  return name === undefined ? `port ${port}` : `port ${port} (\`${name}\`)`;
}
