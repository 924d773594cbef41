/** One host's side of a release: each step as an action that can be rolled back. */
import { RestoreGuard } from "../state/guards.ts";
import type { HeldHost } from "../state/held-host.ts";
import type { HostLock } from "../state/lock.ts";
import type { ServingProxy } from "./serving-proxy.ts";
import { type Joined, type WayIn, isSame, joinNetworks, portsOf } from "./way-in.ts";
import { passGate, startCopies } from "./proofs/gate.ts";
import type { ReleaseHost } from "../../engine/host.ts";
import { fillSecrets, limitWayIn, setLimits } from "./before-start.ts";
import { clearHalfDone } from "./interrupted.ts";
import { type LockPolicy, type OpenedHost, type WayInChange, openHost } from "./open-host.ts";
import {
  type HostPlan,
  type ServiceChange,
  listening,
  other,
  ownedContainers,
  planHost,
} from "./plan/planner.ts";
import { same } from "./plan/same.ts";
import { wantedTls } from "./plan/tls.ts";
import { sweepStrays } from "../state/sweep.ts";
import type { Traffic } from "../proxy/runtime-api.ts";
import type { HostRequest, HostState, ReleaseRequest } from "../types.ts";
import { untilQuiet } from "../proxy/waiting.ts";
import type { Log } from "../../output/log.ts";

/** A host that takes part in a release: `open` it, `prepare` the plan, `close` it at the end. */
export class HostRelease {
  readonly host: HeldHost;
  readonly request: HostRequest;
  readonly control: ServingProxy;
  /** Old replicas that this release has stopped. */
  readonly stopped = new Map<string, ServiceChange>();
  readonly held = new Set<string>();
  /** The proxy and the forwarder that served before this release has replaced one of them. */
  replaced: WayIn | undefined;
  /** Networks that this release has brought serving containers into, where the new replicas are. */
  joined: Joined[] = [];
  readonly #release: ReleaseRequest;
  readonly #lock: HostLock;
  readonly #tookOver: boolean;
  readonly #log: Log;
  /** Service → what brings its old replicas back if this process ends. */
  readonly #guards = new Map<string, RestoreGuard>();
  readonly #change: WayInChange;
  #current: HostState;
  #plan: HostPlan | undefined;

  private constructor(own: HostRequest, release: ReleaseRequest, opened: OpenedHost, log: Log) {
    this.host = opened.host;
    this.request = own;
    this.control = opened.control;
    this.#release = release;
    this.#lock = opened.lock;
    this.#tookOver = opened.tookOver;
    this.#change = opened.change;
    this.#current = opened.control.loaded;
    this.#log = log;
  }

  /** Opens a host: nobody else releases this stack there. */
  static async open(
    host: ReleaseHost,
    release: ReleaseRequest,
    own: HostRequest,
    policy: LockPolicy,
    log: Log,
  ): Promise<HostRelease> {
    return new HostRelease(own, release, await openHost(host, release, own, policy, log), log);
  }

  /** Lets the next release have the host. */
  async close(): Promise<void> {
    await this.control.close();
    await this.#lock.close();
  }

  /** Whether somebody else may have the host by now: then it is left as it is. */
  get isLost(): boolean {
    return this.#lock.lease.isLost;
  }

  /** The highest number that a release has had here. */
  get lastNumber(): number {
    return Math.max(this.#current.release, this.#lock.lastNumber);
  }

  /** What this host has to do. */
  get plan(): HostPlan {
    if (this.#plan === undefined) throw new Error("prepare() comes first");
    return this.#plan;
  }

  /** What the host served when the release began; nothing of it was changed if there is no plan yet. */
  get isPlanned(): boolean {
    return this.#plan !== undefined;
  }

  /** Takes the release's number, clears what an interrupted one left half-done, and plans this one. */
  async prepare(number: number): Promise<void> {
    await this.#lock.reserve(number);
    const { proxy, ports } = this.#change;
    await limitWayIn(this.host, this.request);
    if (proxy === "stopped") await this.control.start();
    if (ports === "closed") await this.control.open(this.request.forwarder);
    if (this.handsOver && this.#change.order === "first") await this.handOver();
    this.joined = await joinNetworks(this.host, this.control.wayIn, this.request);
    await this.control.watch();
    await clearHalfDone(this.control, this.#release, this.request, this.host, this.#log);
    this.#current = this.control.loaded;
    const found = await this.host.list(this.#release.stack);
    this.#plan = planHost(this.#release, this.request, this.#current, found, number);
    await setLimits(this.host, this.request, this.#plan, found);
  }

  /** Puts the secrets of containers that do not serve yet into their volumes. */
  async fillSecrets(): Promise<void> {
    await fillSecrets(this.host, this.request, this.plan);
  }

  /** Loads the new versions beside the old ones; nothing is switched. */
  async stage(): Promise<void> {
    await this.control.apply(this.plan.staged);
  }

  /**
   * Starts replicas. What the proxy knows of them is old: another container may have answered its checks
   * at their address.
   */
  async start(change: ServiceChange, replicas = this.wanted(change.service.name)): Promise<void> {
    const { service, kind, fresh, slot } = change;
    const views = await Promise.all(replicas.map((replica) => this.host.inspect(replica)));
    await startCopies(this.host, service, replicas);
    if (service.endpoint === undefined) return;
    const all = this.wanted(service.name);
    const unproven = replicas.filter((replica, index) =>
      kind === "repair" ? views[index]?.running !== true : fresh.includes(replica),
    );
    if (unproven.length === 0) return;
    const servers = unproven.map((replica) => all.indexOf(replica));
    await this.control.proxy.doubt(service.name, slot, servers);
    // It would find the address by itself, but only when it next asks the name server.
    const now = await Promise.all(unproven.map((replica) => this.host.inspect(replica)));
    const addresses = servers.flatMap((server, index) => {
      const [address, ...more] = now[index]?.addresses ?? [];
      // Of one in several networks nobody knows here which of them the proxy is in.
      return address === undefined || more.length > 0 ? [] : [[server, address] as const];
    });
    await this.control.proxy.setAddresses(service.name, slot, addresses);
  }

  async gate(change: ServiceChange, replicas = this.wanted(change.service.name)): Promise<void> {
    const { fresh, service, slot } = change;
    const all = this.wanted(service.name);
    await passGate(this.control.proxy, service, slot, replicas, { all, fresh });
  }

  /** Stops what serves, for a service of which two replicas cannot live; requests wait meanwhile. */
  async stopOld(change: ServiceChange): Promise<void> {
    const { service, fresh, old, slot } = change;
    const { name, endpoint, stopGrace } = service;
    const restoration = {
      ...{ key: name, value: other(slot), start: old },
      stop: fresh.map((container) => ({ container, grace: stopGrace })),
    };
    const guard = await RestoreGuard.open(this.host, this.proxy, [restoration], this.#log);
    this.#guards.set(name, guard);
    if (endpoint !== undefined) {
      await this.hold(name);
      // Connections of other protocols are kept open by their clients: only requests have an end.
      if (endpoint.protocol !== "tcp") await this.control.quiet(service, other(slot));
    }
    for (const container of old) this.stopped.set(container, change);
    await Promise.all(old.map((container) => this.host.stop(container, stopGrace)));
  }

  /** Requests of a service wait from now on, while none of its replicas runs. */
  async hold(name: string): Promise<void> {
    if (this.held.has(name)) return;
    const { drainTimeout } = this.#release.settings;
    // Requests of a proxy's worker that was there before a reload would not wait.
    await this.control.proxy.untilOneWorker(Date.now() + drainTimeout * 1000);
    this.held.add(name);
    await this.control.proxy.hold(name);
  }

  /** Lets requests of a service that has restarted through again. */
  async unhold(name: string): Promise<void> {
    await this.#guards.get(name)?.close();
    this.#guards.delete(name);
    if (this.held.delete(name)) await this.control.proxy.resume(name);
  }

  /** Lets the requests of all services through again. */
  async unholdAll(): Promise<void> {
    for (const name of [...this.#guards.keys()]) await this.unhold(name);
  }

  /** Sends `percent` of a service's requests to its new replicas. */
  async setWeight({ service }: ServiceChange, percent: number): Promise<void> {
    await this.control.setWeight(service.name, percent);
  }

  /** If this deployer ends in the middle, the service's requests go back to the old replicas by themselves. */
  guard({ service }: ServiceChange): void {
    this.control.guardCanary(service.name);
  }

  /** Percent of a service's requests that its new replicas get before the switch. */
  share({ service }: ServiceChange): number {
    return this.control.loaded.services[service.name]?.canary ?? 0;
  }

  /** What a service's new replicas have answered since the proxy loaded them, at each port that speaks HTTP. */
  async traffic(change: ServiceChange): Promise<Traffic[]> {
    return this.control.proxy.traffic(change.service.name, change.slot);
  }

  /** Takes one old replica out of service: no new requests, then its own end, then stopped. */
  async retire(change: ServiceChange, container: string): Promise<void> {
    const { service } = change;
    const slot = other(change.slot);
    const index = this.#current.services[service.name]?.[slot]?.servers.indexOf(container);
    if (index === undefined || index < 0) return;
    await this.control.proxy.setServer(service.name, slot, index, "drain");
    await this.control.quiet(service, slot, index);
    this.stopped.set(container, change);
    await this.host.stop(container, service.stopGrace);
  }

  /** Switches the services of `changes` to their new versions, all in one command. */
  async switchTo(changes: ServiceChange[]): Promise<void> {
    const services = { ...this.control.loaded.services };
    for (const { service } of changes) {
      const switched = this.plan.switched.services[service.name];
      if (switched !== undefined) services[service.name] = switched;
    }
    await this.control.switchTo({ ...this.control.loaded, services }, listening(changes));
  }

  /** Whether the wanted proxy takes over at the end, when everything else has proven itself. */
  get handsOver(): boolean {
    return !isSame(this.control.wayIn, this.request);
  }

  /** Puts the wanted proxy in the place of the one that serves. */
  async handOver(): Promise<void> {
    const before = this.control.wayIn;
    await this.control.replace(this.request);
    this.replaced = before;
    if (this.isPlanned) await this.#follow();
  }

  /** Now that its ports are open, visitors are sent to HTTPS. */
  async #follow(): Promise<void> {
    const { loaded } = this.control;
    const tls = wantedTls(this.#release);
    if (same(loaded.settings, tls.settings) && loaded.certificate === tls.certificate) return;
    await this.control.apply({ ...loaded, ...tls });
  }

  /** Waits until the old replicas have nothing left to do, or their drain time is over. */
  async drain(change: ServiceChange): Promise<void> {
    if (change.old.length > 0) await this.control.quiet(change.service, other(change.slot));
  }

  /** Unloads the old versions and what is not wanted any more. */
  async settle(): Promise<void> {
    const { removed, final } = this.plan;
    if (removed.length > 0) {
      await this.control.switchTo(final, removed);
      const until = Date.now() + this.#release.settings.drainTimeout * 1000;
      for (const name of removed) {
        const slot = this.#current.services[name]?.active ?? "a";
        await untilQuiet(this.control.proxy, name, slot, until);
      }
    }
    await this.control.apply(final);
    const options = { proxies: this.#tookOver };
    await sweepStrays(this.host, this.#release.stack, this.#owned(), this.#log, options);
  }

  /** All replicas of a service that are wanted here. */
  wanted(service: string): string[] {
    return this.request.containers[service] ?? [];
  }

  /** The proxy container in control. */
  get proxy(): string {
    return this.control.proxy.container;
  }

  /** Containers that belong to somebody. What another state has made is nobody's once this one has taken over. */
  #owned(): Set<string> {
    if (this.#tookOver) return new Set(ownedContainers(this.request));
    const before = this.replaced === undefined ? [] : [this.replaced.proxy, portsOf(this.replaced)];
    return new Set([...ownedContainers(this.request, this.plan), ...before]);
  }
}
