/** One host's side of a release: each step as an action that can be taken back. */
import { passGate } from "./gate.ts";
import type { ContainerView, ReleaseHost } from "./host.ts";
import { type HostPlan, type ServiceChange, emptyState, other, planHost } from "./planner.ts";
import { Proxy, pause } from "./proxy.ts";
import type { HostRequest, HostState, ReleaseRequest } from "./types.ts";

export type Log = (line: string) => void;

/** A host that takes part in a release. `HostRelease.open` starts its proxy and plans. */
export class HostRelease {
  readonly host: ReleaseHost;
  readonly request: HostRequest;
  readonly plan: HostPlan;
  readonly #stack: string;
  readonly #proxy: Proxy;
  readonly #log: Log;
  #loaded: HostState;

  private constructor(
    host: ReleaseHost,
    request: HostRequest,
    plan: HostPlan,
    proxy: Proxy,
    stack: string,
    log: Log,
  ) {
    this.host = host;
    this.request = request;
    this.plan = plan;
    this.#proxy = proxy;
    this.#stack = stack;
    this.#log = log;
    this.#loaded = plan.current;
  }

  /** Looks at the host, makes sure that its proxy runs with what it served last, and plans. */
  static async open(
    host: ReleaseHost,
    request: ReleaseRequest,
    own: HostRequest,
    log: Log,
  ): Promise<HostRelease> {
    const found = await host.list(request.stack);
    const proxy = new Proxy(host, own.proxy);
    const remembered = (await proxy.readState()) ?? emptyState(request);
    await startProxy(host, proxy, found, remembered, log);
    const slots = await proxy.activeSlots();
    const current: HostState = {
      ...remembered,
      services: Object.fromEntries(
        // A release that was killed between file and proxy: what really serves counts.
        Object.entries(remembered.services).map(([name, service]) => [
          name,
          { ...service, active: slots.get(name) ?? service.active },
        ]),
      ),
    };
    const plan = planHost(request, own, current, found);
    return new HostRelease(host, own, plan, proxy, request.stack, log);
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

  async start(change: ServiceChange): Promise<void> {
    await Promise.all(this.#wanted(change).map((name) => this.host.start(name)));
  }

  /** Stops what serves, for a service of which two copies cannot live. */
  async stopOld(change: ServiceChange): Promise<void> {
    await Promise.all(change.old.map((name) => this.host.stop(name, change.service.stopGrace)));
  }

  async gate(change: ServiceChange): Promise<void> {
    await passGate(this.#proxy, change.service, change.slot, this.#wanted(change));
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
    const until = Date.now() + change.service.drain * 1000;
    for (let quiet = 0; quiet < 2;) {
      const servers = await this.#proxy.servers(change.service.name, other(change.slot));
      const sessions = servers.reduce((sum, server) => sum + server.sessions, 0);
      quiet = sessions === 0 ? quiet + 1 : 0;
      if (Date.now() > until) {
        this.#log(
          `${change.service.name}: ${sessions} connections to the old version were still open ` +
            `on ${this.host.name} after ${change.service.drain} s`,
        );
        return;
      }
      await pause(200);
    }
  }

  /** Unloads the old versions and what is not wanted any more. */
  async settle(): Promise<void> {
    const { removed } = this.plan;
    if (removed.length > 0) await this.#proxy.flip(this.plan.final, removed);
    await this.#apply(this.plan.final);
    await this.#sweep();
  }

  /** Back to what served before: the old runs, is switched to, and the new is stopped. */
  async undo(): Promise<void> {
    const { changes, current } = this.plan;
    const before = { ...current, release: this.#loaded.release };
    const stopFirst = changes.filter((c) => c.service.order === "stop-first" && c.old.length > 0);
    for (const change of stopFirst) await this.#stopFresh(change);
    for (const change of stopFirst) {
      await Promise.all(change.old.map((name) => this.host.start(name)));
    }
    await this.#proxy.flip(before, listening(changes));
    await this.#apply(before);
    await Promise.all(changes.map((change) => this.#stopFresh(change)));
  }

  async #stopFresh(change: ServiceChange): Promise<void> {
    await Promise.all(change.fresh.map((name) => this.host.stop(name, change.service.stopGrace)));
  }

  /** Removes containers of the stack that nobody knows: left by an interrupted create. */
  async #sweep(): Promise<void> {
    const known = new Set([
      this.request.proxy,
      ...Object.values(this.request.containers).flat(),
      ...this.plan.changes.flatMap((change) => change.old),
      ...this.plan.removed.flatMap((name) => {
        const state = this.plan.current.services[name];
        return state?.[state.active]?.servers ?? [];
      }),
    ]);
    for (const stray of await this.host.list(this.#stack)) {
      if (known.has(stray.name) || stray.labels["longshore.role"] === "proxy") continue;
      this.#log(`removing stray container ${stray.name} on ${this.host.name}`);
      await this.host.stop(stray.name, 10);
      await this.host.remove(stray.name);
    }
  }

  async #apply(next: HostState): Promise<void> {
    const how = await this.#proxy.apply(this.#loaded, next);
    if (how === "reloaded") this.#log(`proxy on ${this.host.name} reloaded`);
    this.#loaded = next;
  }

  #wanted(change: ServiceChange): string[] {
    return this.request.containers[change.service.name] ?? [];
  }
}

/** Names of the services that the proxy knows; workers that serve nobody are not among them. */
function listening(changes: ServiceChange[]): string[] {
  return changes.flatMap(({ service }) => (service.endpoint === undefined ? [] : [service.name]));
}

/** Starts the wanted proxy; another one that holds its ports gives way, and comes back on failure. */
async function startProxy(
  host: ReleaseHost,
  proxy: Proxy,
  found: ContainerView[],
  state: HostState,
  log: Log,
): Promise<void> {
  if (await proxy.running()) return;
  const others = found.filter(
    (view) =>
      view.running && view.labels["longshore.role"] === "proxy" && view.name !== proxy.container,
  );
  for (const { name } of others) {
    log(`proxy on ${host.name} is replaced: its ports are closed for a moment`);
    await host.stop(name, 3); // its ports are closed at once; this is for requests in progress
  }
  try {
    await proxy.start(state);
    log(`proxy on ${host.name} started`);
  } catch (error) {
    await host.stop(proxy.container, 0);
    for (const { name } of others) await host.start(name);
    throw error;
  }
}
