/** The backends and servers that a running proxy has for a slot of a service. Pure. */
import { type ReplicaPort, portsOf } from "../replica-ports.ts";
import type { HostState, ServiceState, Slot, SlotName } from "../types.ts";

/** One server, `s1`, `s2` … in the order of the list. */
export interface SlotServer {
  /** Name of the container. */
  container: string;
  /** It takes no requests and is not checked. */
  rests: boolean;
}

/** What says how a service is reached: its active slot, or the one that there is. */
export function activeSlot(service: ServiceState): Slot | null {
  return service[service.active] ?? service.a ?? service.b;
}

/** What a slot holds; one that holds nothing of its own mirrors the active one, so that its names always resolve. */
export function contentOf(service: ServiceState, slot: SlotName): Slot | null {
  return service[slot] ?? activeSlot(service);
}

/** The ports of what a slot holds, the main one first: each has a backend. */
export function slotPorts(service: ServiceState, slot: SlotName): ReplicaPort[] {
  return portsOf(contentOf(service, slot) ?? {});
}

/** `app.a`, and `app.a.metrics` for a named port: slots.map switches all of a service's ports at once. */
export function backendName(service: string, slot: SlotName, portName?: string): string {
  return [service, slot, ...(portName === undefined ? [] : [portName])].join(".");
}

/**
 * A slot that holds nothing of its own mirrors the active one, and a server that it has no replica for its first one, so
 * that all their names resolve; none of these serves.
 */
export function slotServers(service: ServiceState, slot: SlotName): SlotServer[] {
  const own = service[slot];
  const content = contentOf(service, slot);
  if (content?.endpoint === undefined) return [];
  const { servers } = content;
  const used = servers.map((container) => ({ container, rests: own === null }));
  const [first] = servers;
  const unused = Math.max(0, (service.size ?? 0) - servers.length);
  if (first === undefined) return used;
  return [...used, ...Array.from({ length: unused }, () => ({ container: first, rests: true }))];
}

/** Percent for a service's standby slot as its map says it; none for 0. */
export function share(state: HostState, service: string): string | undefined {
  const percent = state.services[service]?.canary ?? 0;
  return percent > 0 ? String(percent) : undefined;
}
