/**
 * What a release has to do on one host: a pure function of what is wanted and what was found.
 */
import type { ContainerView } from "../../../engine/host.ts";
import { followOthers, followsOthers, stagedPeers } from "./peers.ts";
import { same } from "./same.ts";
import { stagedTls, wantedTls } from "./tls.ts";
import type {
  HostRequest,
  HostState,
  ReleaseRequest,
  ServiceRequest,
  ServiceState,
  Slot,
  SlotName,
} from "../../types.ts";

/** How a service changes on a host. */
export type ChangeKind =
  /** Nothing of it served here before. */
  | "new"
  /** Other containers than those that serve, or the same ones reached or checked in another way. */
  | "replace"
  /** The containers that should serve, but some do not run. */
  | "repair"
  /** The same containers under another tag: the same image, built from another commit. */
  | "relabel"
  | "none";

export interface ServiceChange {
  service: ServiceRequest;
  kind: ChangeKind;
  /** The slot that the wanted version is loaded into. */
  slot: SlotName;
  /** Containers that do not serve yet: a failed release stops them again. */
  fresh: string[];
  /** Containers that serve now and will not any more. */
  old: string[];
  /** Tag that serves now. */
  from?: string;
}

export interface HostPlan {
  /** What the host serves now. */
  current: HostState;
  /** New versions loaded beside the old, nothing switched. */
  staged: HostState;
  /** Everything switched. */
  switched: HostState;
  /** The old versions unloaded, removed services gone. */
  final: HostState;
  /** In link order. */
  changes: ServiceChange[];
  /** Services that serve now and are not wanted any more. */
  removed: string[];
  /** False if there is nothing at all to do. */
  needed: boolean;
}

/** The state of a host that has never had a release. */
export function emptyState(request: ReleaseRequest): HostState {
  return { release: 0, settings: request.settings, services: {} };
}

/**
 * Plans one host's part of `request`, from its memory and the containers found there.
 * @param number the release's, above all that any host has had.
 */
export function planHost(
  request: ReleaseRequest,
  host: HostRequest,
  current: HostState,
  found: ContainerView[],
  number: number,
): HostPlan {
  const running = new Set(found.filter((view) => view.running).map((view) => view.name));
  const changes = request.services
    .filter((service) => (host.containers[service.name] ?? []).length > 0)
    .map((service) => planService(service, host, current.services[service.name], running));
  const wanted = new Set(changes.map((change) => change.service.name));
  const removed = Object.keys(current.services).filter((name) => !wanted.has(name));
  const needed =
    removed.length > 0 ||
    changes.some((change) => change.kind !== "none") ||
    (current.proxy !== undefined &&
      (current.proxy !== host.proxy || current.forwarder !== host.forwarder)) ||
    // The next update must find that what was broken then has been seen to.
    (request.repair !== undefined && current.repair !== request.repair) ||
    !same(current.settings, request.settings) ||
    current.certificate !== request.certificate?.fingerprint ||
    followsOthers(current, host);

  const base = needed ? { ...current, release: number } : current;
  const staged: HostState = {
    ...base,
    services: { ...current.services },
    ...stagedPeers(current, host),
    ...stagedTls(current, request, host),
  };
  const switched: HostState = { ...staged, services: { ...current.services } };
  const final: HostState = {
    ...staged,
    ...(needed ? { settled: number, settledFrom: request.lastRelease } : {}),
    ...(request.repair === undefined ? {} : { repair: request.repair }),
    ...{ proxy: host.proxy, forwarder: host.forwarder },
    ...wantedTls(request),
    services: {},
  };
  followOthers(final, host);
  for (const change of changes) {
    const name = change.service.name;
    const slot = slotFor(change.service, host);
    const before = current.services[name];
    if (change.kind === "none" || change.kind === "repair") {
      if (before !== undefined) final.services[name] = before;
      continue;
    }
    if (change.kind === "relabel" && before !== undefined) {
      const next = { ...before, [before.active]: slot };
      staged.services[name] = switched.services[name] = final.services[name] = next;
      continue;
    }
    const rest = other(change.slot);
    const loaded = {
      active: rest,
      [rest]: before?.[rest] ?? null,
      [change.slot]: slot,
      // A canary that was interrupted goes on: its share stays until it is told otherwise.
      ...(before?.canary === undefined ? {} : { canary: before.canary }),
      ...(slot.endpoint === undefined ? {} : { size: sizeFor(slot, before) }),
    } as unknown as ServiceState;
    staged.services[name] = loaded;
    const moved = { ...withoutCanary(loaded), active: change.slot };
    switched.services[name] = moved;
    final.services[name] = { ...moved, [rest]: null };
  }
  return { current, staged, switched, final, changes, removed, needed };
}

function planService(
  service: ServiceRequest,
  host: HostRequest,
  state: ServiceState | undefined,
  running: Set<string>,
): ServiceChange {
  const wanted = host.containers[service.name] ?? [];
  const serving = state?.[state.active] ?? null;
  if (state === undefined || serving === null) {
    return { service, kind: "new", slot: "a", fresh: wanted, old: [] };
  }
  const change = {
    service,
    fresh: wanted.filter((name) => !serving.servers.includes(name)),
    old: serving.servers.filter((name) => !wanted.includes(name)),
    from: serving.tag,
  };
  // Also a new check or port is tried on the standby slot first: it might never succeed.
  const next = slotFor(service, host);
  if (!same({ ...next, tag: "" }, { ...serving, tag: "" })) {
    return { ...change, kind: "replace", slot: other(state.active) };
  }
  const slot = state.active;
  if (wanted.some((name) => !running.has(name))) return { ...change, kind: "repair", slot };
  return { ...change, kind: next.tag === serving.tag ? "none" : "relabel", slot };
}

function slotFor(service: ServiceRequest, host: HostRequest): Slot {
  return {
    tag: service.tag,
    servers: host.containers[service.name] ?? [],
    ...(service.endpoint === undefined ? {} : { endpoint: service.endpoint }),
    ...(service.ports === undefined ? {} : { ports: service.ports }),
    health: service.health,
    ...(service.sticky === undefined ? {} : { sticky: service.sticky }),
  };
}

/** Servers for each slot: once there, they stay, since it takes a reload to take them away. */
function sizeFor(slot: Slot, before: ServiceState | undefined): number {
  const known = [before?.a, before?.b].map((each) => each?.servers.length ?? 0);
  return Math.max(slot.servers.length, before?.size ?? 0, ...known);
}

/** The same, with every request going to the serving slot. */
export function withoutCanary({ canary: _, ...state }: ServiceState): ServiceState {
  return state;
}

/**
 * Services of which an interrupted release had moved a share of the requests to replicas that are not
 * the wanted ones: they go back to the serving slot before anything else.
 */
export function strandedCanaries(
  request: ReleaseRequest,
  host: HostRequest,
  current: HostState,
): string[] {
  return Object.entries(current.services)
    .filter(([name, state]) => {
      if (state.canary === undefined) return false;
      const service = request.services.find((each) => each.name === name);
      const loaded = state[other(state.active)];
      return service === undefined || !same(slotFor(service, host), loaded);
    })
    .map(([name]) => name);
}

/**
 * Services whose standby slot still holds replicas that are not wanted: a release was killed after its
 * switch, and nobody has waited for their requests to end.
 */
export function leftOver(
  request: ReleaseRequest,
  host: HostRequest,
  current: HostState,
): ServiceRequest[] {
  return request.services.filter((service) => {
    const state = current.services[service.name];
    if (state === undefined || state.canary !== undefined) return false;
    const resting = state[other(state.active)];
    return resting !== null && !same(slotFor(service, host), resting);
  });
}

/** Containers that a host is to have, and with its plan those, too, that are Pulumi's to delete after the release. */
export function ownedContainers(request: HostRequest, plan?: HostPlan): string[] {
  const { proxy, forwarder, containers } = request;
  const leaving = (plan?.removed ?? []).flatMap((name) => {
    const state = plan?.current.services[name];
    return state?.[state.active]?.servers ?? [];
  });
  const old = (plan?.changes ?? []).flatMap((change) => change.old);
  return [proxy, forwarder, ...Object.values(containers).flat(), ...old, ...leaving];
}

/** The slot that is not `slot`. */
export function other(slot: SlotName): SlotName {
  return slot === "a" ? "b" : "a";
}

/** Names of the services that the proxy knows; workers that serve nobody are not among them. */
export function listening(changes: ServiceChange[]): string[] {
  return changes.flatMap(({ service }) => (service.endpoint === undefined ? [] : [service.name]));
}
