/** One host's side of a release: each step as an action that can be taken back. */
import { passGate, startCopies } from "./gate.ts";
import type { ReleaseHost, Session } from "./host.ts";
import { type Manners, type OpenedHost, openHost } from "./open-host.ts";
import {
  type HostPlan,
  type ServiceChange,
  leftOver,
  listening,
  other,
  planHost,
  strandedCanaries,
  withoutCanary,
} from "./planner.ts";
import type { Proxy } from "./proxy.ts";
import type { Log } from "./step.ts";
import { sweepStrays } from "./sweep.ts";
import type { Traffic } from "./runtime-api.ts";
import type { HostRequest, HostState, ReleaseRequest, SlotName } from "./types.ts";
import { untilQuiet, untilUp } from "./waiting.ts";

/** A host that takes part in a release: `open` it, `prepare` the plan, `close` it at the end. */
export class HostRelease {
  readonly host: ReleaseHost;
  readonly request: HostRequest;
  readonly #release: ReleaseRequest;
  readonly #proxy: Proxy;
  readonly #lock: Session;
  readonly #log: Log;
  #current: HostState;
  #loaded: HostState;
  #plan: HostPlan | undefined;
  /** Old copies that this release has stopped. */
  readonly #stopped = new Map<string, ServiceChange>();
  readonly #held = new Set<string>();

  private constructor(own: HostRequest, release: ReleaseRequest, opened: OpenedHost, log: Log) {
    this.host = opened.proxy.host;
    this.request = own;
    this.#release = release;
    this.#proxy = opened.proxy;
    this.#lock = opened.lock;
    this.#current = opened.current;
    this.#loaded = opened.current;
    this.#log = log;
  }

  /** Opens a host: its proxy runs, and nobody else releases there. */
  static async open(
    host: ReleaseHost,
    release: ReleaseRequest,
    own: HostRequest,
    manners: Manners,
    log: Log,
  ): Promise<HostRelease> {
    return new HostRelease(own, release, await openHost(host, release, own, manners, log), log);
  }

  /** Lets the next release have the host. */
  async close(): Promise<void> {
    await this.#lock.close();
  }

  /** Number of the last release that was tried here. */
  get lastNumber(): number {
    return this.#current.release;
  }

  /** What this host has to do. */
  get plan(): HostPlan {
    if (this.#plan === undefined) throw new Error("prepare() comes first");
    return this.#plan;
  }

  /** Clears what an interrupted release left half-done, and plans this one. */
  async prepare(number: number): Promise<void> {
    this.#proxy.fence = number;
    await this.#proxy.clearPrepared();
    for (const name of await this.#proxy.held()) await this.#proxy.release(name);
    if ((await this.#proxy.resync(this.#current)) === "reloaded") {
      this.#log(`proxy on ${this.host.name} reloaded: an interrupted release had not told it all`);
    }
    for (const name of strandedCanaries(this.#release, this.request, this.#current)) {
      this.#log(`${name}: an interrupted release on ${this.host.name} is taken back first`);
      await this.#settleBack(name);
    }
    await this.#drainLeftOver();
    const found = await this.host.list(this.#release.stack);
    this.#plan = planHost(this.#release, this.request, this.#current, found, number);
  }

  /** Puts the secrets of containers that do not serve yet into their volumes. */
  async fillSecrets(): Promise<void> {
    const fresh = new Set(this.plan.changes.flatMap((change) => change.fresh));
    for (const { volume, container, files } of this.request.secrets) {
      if (fresh.has(container)) await this.host.fillVolume(volume, container, files);
    }
  }

  /** Loads the new versions beside the old ones; nothing is switched. */
  async stage(): Promise<void> {
    await this.#apply(this.plan.staged);
  }

  async start({ service }: ServiceChange, copies = this.wanted(service.name)): Promise<void> {
    await startCopies(this.host, service, copies);
  }

  async gate(change: ServiceChange, copies = this.wanted(change.service.name)): Promise<void> {
    const all = this.wanted(change.service.name);
    await passGate(this.#proxy, change.service, change.slot, copies, all);
  }

  /** Stops what serves, for a service of which two copies cannot live; requests wait meanwhile. */
  async stopOld(change: ServiceChange): Promise<void> {
    const { service } = change;
    if (service.endpoint !== undefined) {
      this.#held.add(service.name);
      await this.#proxy.hold(service.name);
      // Connections of other protocols are kept open by their clients: only requests have an end.
      if (service.endpoint.protocol === "http") await this.#quiet(change, other(change.slot));
    }
    for (const name of change.old) this.#stopped.set(name, change);
    await Promise.all(change.old.map((name) => this.host.stop(name, service.stopGrace)));
  }

  /** Lets requests of a held service through again. */
  async unhold(name: string): Promise<void> {
    if (!this.#held.delete(name)) return;
    await this.#proxy.release(name);
  }

  /** Sends `percent` of a service's requests to its new copies. */
  async weigh({ service }: ServiceChange, percent: number): Promise<void> {
    const state = this.#loaded.services[service.name];
    if (state === undefined) return;
    const services = { ...this.#loaded.services, [service.name]: { ...state, canary: percent } };
    const next = { ...this.#loaded, services };
    await this.#proxy.weigh(next, service.name);
    this.#loaded = next;
  }

  /** If this deployer ends in the middle, the service's requests go back to the old copies by themselves. */
  guard({ service }: ServiceChange): void {
    this.#lock.send(`guard ${service.name}`);
  }

  /** Percent of a service's requests that its new copies get before the switch. */
  share({ service }: ServiceChange): number {
    return this.#loaded.services[service.name]?.canary ?? 0;
  }

  /** What a service's new copies have done since the proxy loaded them. */
  async traffic(change: ServiceChange): Promise<Traffic> {
    return this.#proxy.traffic(change.service.name, change.slot);
  }

  /** Takes one old copy out of service: no new requests, then its own end, then stopped. */
  async retire(change: ServiceChange, container: string): Promise<void> {
    const slot = other(change.slot);
    const index = this.#current.services[change.service.name]?.[slot]?.servers.indexOf(container);
    if (index === undefined || index < 0) return;
    await this.#proxy.setServer(change.service.name, slot, index, "drain");
    await this.#quiet(change, slot, index);
    this.#stopped.set(container, change);
    await this.host.stop(container, change.service.stopGrace);
  }

  /** Switches the services of `changes` to their new versions, all in one command. */
  async flip(changes: ServiceChange[]): Promise<void> {
    const services = { ...this.#loaded.services };
    for (const { service } of changes) {
      const switched = this.plan.switched.services[service.name];
      if (switched !== undefined) services[service.name] = switched;
    }
    const next = { ...this.#loaded, services };
    await this.#proxy.flip(next, listening(changes));
    this.#loaded = next;
  }

  /** Waits until the old copies have nothing left to do, or their drain time is over. */
  async drain(change: ServiceChange): Promise<void> {
    if (change.service.endpoint === undefined || change.old.length === 0) return;
    await this.#quiet(change, other(change.slot));
  }

  /** Unloads the old versions and what is not wanted any more. */
  async settle(): Promise<void> {
    const { removed } = this.plan;
    if (removed.length > 0) {
      await this.#proxy.flip(this.plan.final, removed);
      const until = Date.now() + this.#release.settings.drainTimeout * 1000;
      for (const name of removed) {
        const slot = this.#current.services[name]?.active ?? "a";
        await untilQuiet(this.#proxy, name, slot, until);
      }
    }
    await this.#apply(this.plan.final);
    await sweepStrays(this.host, this.#release.stack, this.#known(), this.#log);
  }

  /** Back to what served before: the old runs, is switched to, and the new ends its requests and stops. */
  async undo(): Promise<void> {
    const { changes } = this.plan;
    const services = { ...this.#current.services };
    const before: HostState = { ...this.#current, services, release: this.#loaded.release };
    for (const [name, state] of Object.entries(before.services)) {
      before.services[name] = withoutCanary(state);
    }
    // Two copies of these cannot live: the new one goes first.
    for (const change of changes.filter((each) => each.service.order === "stop-first")) {
      if (change.old.some((name) => this.#stopped.has(name))) await this.#stopFresh(change);
    }
    await Promise.all([...this.#stopped.keys()].map((name) => this.host.start(name)));
    for (const change of new Set(this.#stopped.values())) {
      const { name, endpoint, deadline } = change.service;
      if (endpoint === undefined) continue;
      await untilUp(this.#proxy, name, other(change.slot), Date.now() + deadline * 1000);
    }
    await this.#proxy.flip(before, listening(changes));
    for (const name of [...this.#held]) await this.unhold(name);
    const touched = changes.filter((change) => change.fresh.length > 0 && change.old.length > 0);
    await Promise.all(touched.map((change) => this.#quiet(change, change.slot)));
    await this.#apply(before);
    await Promise.all(changes.map((change) => this.#stopFresh(change)));
  }

  /** All copies of a service that are wanted here. */
  wanted(service: string): string[] {
    return this.request.containers[service] ?? [];
  }

  /** Lets old copies end their requests where a killed release had switched and not waited. */
  async #drainLeftOver(): Promise<void> {
    const services = leftOver(this.#release, this.request, this.#current);
    if (services.length === 0) return;
    const next = { ...this.#current, services: { ...this.#current.services } };
    await Promise.all(
      services.map(async ({ name, drain, endpoint }) => {
        const state = this.#current.services[name];
        if (state === undefined) return;
        const rest = other(state.active);
        next.services[name] = { ...state, [rest]: null };
        if (endpoint === undefined) return;
        this.#log(`${name}: copies that an interrupted release left end their requests`);
        await untilQuiet(this.#proxy, name, rest, Date.now() + drain * 1000);
      }),
    );
    await this.#apply(next);
    this.#current = next;
  }

  /** Ends an interrupted canary: the serving slot's copies run, and every request goes to them. */
  async #settleBack(name: string): Promise<void> {
    const state = this.#current.services[name];
    if (state === undefined) return;
    await Promise.all((state[state.active]?.servers ?? []).map((copy) => this.host.start(copy)));
    await untilUp(this.#proxy, name, state.active, Date.now() + 60_000);
    const services = { ...this.#current.services, [name]: withoutCanary(state) };
    this.#current = { ...this.#current, services };
    await this.#proxy.weigh(this.#current, name);
    this.#loaded = this.#current;
    const until = Date.now() + this.#release.settings.drainTimeout * 1000;
    await untilQuiet(this.#proxy, name, other(state.active), until);
  }

  /** Waits for a slot's (or one server's) requests to end, at most the service's drain time. */
  async #quiet({ service }: ServiceChange, slot: SlotName, index?: number): Promise<void> {
    if (service.endpoint === undefined) return;
    const until = Date.now() + service.drain * 1000;
    const open = await untilQuiet(this.#proxy, service.name, slot, until, index);
    if (open === 0) return;
    this.#log(
      `${service.name}: ${open} connections to the old version were still open ` +
        `on ${this.host.name} after ${service.drain} s`,
    );
  }

  async #stopFresh(change: ServiceChange): Promise<void> {
    await Promise.all(change.fresh.map((name) => this.host.stop(name, change.service.stopGrace)));
  }

  /** Containers that belong to somebody: wanted, or serving until Pulumi deletes them. */
  #known(): Set<string> {
    const { changes, removed, current } = this.plan;
    const leaving = removed.flatMap((name) => {
      const state = current.services[name];
      return state?.[state.active]?.servers ?? [];
    });
    const wanted = Object.values(this.request.containers).flat();
    const old = changes.flatMap((change) => change.old);
    return new Set([this.request.proxy, ...wanted, ...old, ...leaving]);
  }

  async #apply(next: HostState): Promise<void> {
    const how = await this.#proxy.apply(this.#loaded, next);
    if (how === "reloaded") this.#log(`proxy on ${this.host.name} reloaded`);
    this.#loaded = next;
  }
}
