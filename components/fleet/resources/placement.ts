/** How many replicas of each service run on which host: pure. */
import type { Service } from "../../services/index.ts";

/** Host name → replicas. Hosts without a replica are absent. */
export type ReplicaPlacement = Map<string, number>;

/**
 * Spreads a service's replicas evenly, the first hosts getting one more where they do not come out even.
 * @throws if the service asks for hosts that do not exist.
 */
export function placeReplicas(service: Service, hosts: string[]): ReplicaPlacement {
  const { placement } = service;
  const unknown =
    placement.kind === "hosts" ? placement.hosts.filter((h) => !hosts.includes(h)) : [];
  if (unknown.length > 0) {
    throw new Error(
      `\`${service.name}.placement\` names hosts that do not exist: ${unknown.join(", ")}. ` +
        `Known: ${hosts.join(", ")}.`,
    );
  }
  const places =
    placement.kind === "hosts" ? hosts.filter((h) => placement.hosts.includes(h)) : hosts;
  const least = placement.kind === "everywhere" ? places.length : 0;
  const replicas = Math.max(service.replicas, least);
  return new Map(
    places
      .map((host, index): [string, number] => [
        host,
        Math.floor(replicas / places.length) + (index < replicas % places.length ? 1 : 0),
      ])
      .filter(([, count]) => count > 0),
  );
}
