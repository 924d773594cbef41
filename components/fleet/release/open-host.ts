/** The beginning of a release on one host: the lock, whose the stack is, and what it serves. */
import { checkFence, checkMeanwhile } from "../state/fence.ts";
import { HeldHost } from "../state/held-host.ts";
import { type Holder, type HostLock, lockHost } from "../state/lock.ts";
import { RECORD_FOLDER, checkOwner, claim, readRecord } from "../state/record.ts";
import { ServingProxy } from "./serving-proxy.ts";
import { COMMAND } from "../../engine/command.ts";
import type { ContainerView, ReleaseHost } from "../../engine/host.ts";
import { emptyState } from "./plan/planner.ts";
import type { HostRequest, HostState, ReleaseRequest } from "../types.ts";
import type { Log } from "../../output/log.ts";

/** How a release treats a host that others are at, or have been. */
export interface LockPolicy {
  holder: Holder;
  /** Seconds to wait for another release to end. */
  wait: number;
  /** Goes on although the host belongs to another state, or knows later releases than this one. */
  takeOver: boolean;
  /** Aborted with an `Interrupted` when the release must stop. */
  signal?: AbortSignal;
}

/** A host that this release alone works on. */
export interface OpenedHost {
  host: HeldHost;
  lock: HostLock;
  control: ServingProxy;
  change: WayInChange;
  /** Whether the host belonged to another state. */
  tookOver: boolean;
}

/** What has to be done about the proxy, and about the ports before it. */
export interface WayInChange {
  proxy: "runs" | "stopped";
  ports: "open" | "closed";
  /**
   * When others take over from those that serve: `last`, once everything has switched, or `first`, where they
   * know too little of the new services.
   */
  order: "first" | "last";
}

/**
 * Takes a host's lock and looks at what is there; changes nothing but that the host is claimed for this
 * state, and that what an interrupted release still runs beside the services is ended.
 * @throws HostLocked, ForeignStack, StaleState
 */
export async function openHost(
  engine: ReleaseHost,
  release: ReleaseRequest,
  own: HostRequest,
  policy: LockPolicy,
  log: Log,
): Promise<OpenedHost> {
  const { holder, wait, takeOver, signal } = policy;
  const lock = await lockHost(engine, own.proxy, holder, { wait, log });
  try {
    const host = new HeldHost(engine, lock, signal);
    const found = await host.list(release.stack);
    const record = await readRecord(host, lock.container);
    const proxies = found.filter(
      ({ name, labels }) =>
        labels["longshore.role"] === "proxy" && name !== record.state?.forwarder,
    );
    const serving = chooseServing(proxies, [record.state?.proxy, own.proxy]);
    // A proxy of before the record had a volume of its own keeps it beside its configuration.
    const before = record.state === undefined && serving !== undefined;
    const { state } = before ? await readRecord(host, serving.name) : record;
    const { stack, identity, lastRelease } = release;
    const known = [own.proxy, ...Object.values(own.containers).flat()];
    const released = lastRelease === undefined || lastRelease > 0;
    const present = { ...record, containers: found };
    checkOwner(host.name, { stack, identity, released, takeOver }, present, known);
    const remembered = state ?? emptyState(release);
    if (!takeOver) {
      checkFence(host.name, remembered, lastRelease, record.confirmed);
      if (lock.waited) checkMeanwhile(host.name, remembered, lastRelease, own.containers);
    }
    const tookOver = record.owner !== undefined && record.owner.id !== identity;
    if (tookOver) log(`${host.name}: the stack is taken over from ${record.owner?.actor}`);
    await claim(host, lock.container, record, identity, holder);
    await endCommands(host, found, wait, log);
    await host.inspection.sweepHelpers(stack);

    const container = serving?.name ?? own.proxy;
    const forwarder = chooseForwarder(found, remembered.forwarder, own.forwarder);
    const loaded: HostState = { ...remembered, proxy: container };
    delete loaded.forwarder;
    if (forwarder !== undefined) loaded.forwarder = forwarder.name;
    const control = new ServingProxy(host, container, loaded, log, release.certificate);
    if (serving !== undefined) control.loaded = await reallyServed(control);
    const change: WayInChange = {
      proxy: serving === undefined ? "stopped" : "runs",
      // Before there were forwarders, the proxy had the ports.
      ports: forwarder !== undefined || serving?.publishes === true ? "open" : "closed",
      order: await orderOf(host, own, serving, forwarder ?? serving),
    };
    return { host, lock, control, change, tookOver };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/** What serves now: the first of `likely` that runs, else any that does. */
function chooseServing(all: ContainerView[], likely: (string | undefined)[]) {
  const running = all.filter((view) => view.running);
  const byName = likely.map((wanted) => running.find(({ name }) => name === wanted));
  return byName.find((view) => view !== undefined) ?? running[0];
}

/** The forwarder that runs: the one that is `known`, which may have been a proxy, else any. */
function chooseForwarder(found: ContainerView[], known: string | undefined, wanted: string) {
  const all = found.filter(
    ({ name, labels }) => labels["longshore.role"] === "forwarder" || name === known,
  );
  return chooseServing(all, [known, wanted]);
}

/** @param ports what has the ports now. */
async function orderOf(
  host: HeldHost,
  own: HostRequest,
  serving: ContainerView | undefined,
  ports: ContainerView | undefined,
): Promise<WayInChange["order"]> {
  if (serving?.name === own.proxy && ports?.name === own.forwarder) return "last";
  const [proxy, forwarder] = await Promise.all([
    host.inspect(own.proxy),
    host.inspect(own.forwarder),
  ]);
  const fits =
    proxy !== undefined &&
    forwarder !== undefined &&
    serving?.mounts[RECORD_FOLDER] === proxy.mounts[RECORD_FOLDER] &&
    // It can be brought into another network, and cannot get other names in its own.
    Object.entries(forwarder.names).every(([network, names]) =>
      names.every((name) => ports?.names[network]?.includes(name) ?? true),
    );
  return fits ? "last" : "first";
}

/** After a release that was killed between file and proxy, what really serves counts. */
async function reallyServed({ proxy, loaded }: ServingProxy): Promise<HostState> {
  const slots = await proxy.activeSlots();
  const services = Object.entries(loaded.services).map(([name, service]) => [
    name,
    { ...service, active: slots.get(name) ?? service.active },
  ]);
  return { ...loaded, services: Object.fromEntries(services) as HostState["services"] };
}

/** Waits for release commands that an interrupted release left running, and ends those that go on. */
async function endCommands(
  host: HeldHost,
  found: ContainerView[],
  wait: number,
  log: Log,
): Promise<void> {
  const left = found.filter(
    ({ running, labels }) => running && labels["longshore.helper"] === COMMAND,
  );
  const until = Date.now() + wait * 1000;
  for (const { name, labels } of left) {
    const what = `${labels["longshore.service"] ?? "?"}: the release command of an interrupted release`;
    log(`${what} still runs on ${host.name}: waiting for it, at most ${wait} s`);
    while (Date.now() < until && (await host.inspect(name))?.running === true) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    if ((await host.inspect(name))?.running !== true) continue;
    log(`${what} is ended`);
    await host.stop(name, 10);
  }
}
