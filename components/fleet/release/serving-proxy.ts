/** The proxy that serves a host during a release, what it was told last, and its replacement. */
import { ProxyGuard, PROXY_KEY, RestoreGuard } from "../state/guards.ts";
import type { HeldHost } from "../state/held-host.ts";
import type { Reservation } from "../state/lock.ts";
import { ProxyControl } from "../proxy/control.ts";
import type { HostState, ServiceRequest, SlotName } from "../types.ts";
import { untilQuiet } from "./waiting.ts";
import type { Log } from "../../output/log.ts";

/** Seconds for requests in progress when a proxy is stopped: its ports are closed at once. */
const LAST_REQUESTS = 3;

export class ServingProxy {
  /** What the proxy serves, and would serve after a restart. */
  loaded: HostState;
  readonly #host: HeldHost;
  readonly #log: Log;
  #proxy: ProxyControl;
  #reservation: Reservation | undefined;
  #guard: ProxyGuard | undefined;

  constructor(host: HeldHost, container: string, loaded: HostState, log: Log) {
    this.#host = host;
    this.#proxy = new ProxyControl(host, container);
    this.#log = log;
    this.loaded = loaded;
  }

  get proxy(): ProxyControl {
    return this.#proxy;
  }

  /** Everything that is written from now on carries this number. */
  set reservation(reservation: Reservation) {
    this.#reservation = reservation;
    this.#proxy.reservation = reservation;
  }

  /** From now on canaries and held requests do not outlive this process. */
  async watch(): Promise<void> {
    this.#guard ??= await ProxyGuard.open(this.#host, this.#proxy.container);
  }

  /** If this process ends, the service's requests go back to the replicas that serve. */
  guardCanary(service: string): void {
    this.#guard?.canary(service);
  }

  /** Makes the proxy hold `next`, without a switch. */
  async apply(next: HostState): Promise<void> {
    const how = await this.#proxy.apply(this.loaded, next);
    if (how === "reloaded") this.#log(`proxy on ${this.#host.name} reloaded`);
    this.loaded = next;
  }

  /** Switches services to what `next` says. */
  async switchTo(next: HostState, services: string[]): Promise<void> {
    await this.#proxy.switchTo(next, services);
    this.loaded = next;
  }

  /** Sends a share of a service's requests to its standby slot. */
  async setWeight(service: string, percent: number): Promise<void> {
    const state = this.loaded.services[service];
    if (state === undefined) return;
    const services = { ...this.loaded.services, [service]: { ...state, canary: percent } };
    const next = { ...this.loaded, services };
    await this.#proxy.setWeight(next, service);
    this.loaded = next;
  }

  /** Waits for a slot's (or one server's) requests to end, at most the service's drain time. */
  async quiet(service: ServiceRequest, slot: SlotName, index?: number): Promise<void> {
    if (service.endpoint === undefined) return;
    const until = Date.now() + service.drain * 1000;
    const open = await untilQuiet(this.#proxy, service.name, slot, until, index);
    if (open === 0) return;
    this.#log(
      `${service.name}: ${open} connections to the old version were still open ` +
        `on ${this.#host.name} after ${service.drain} s`,
    );
  }

  /** Starts the proxy where none runs. */
  async start(): Promise<void> {
    const state = { ...this.loaded, proxy: this.#proxy.container };
    await this.#proxy.start(state);
    this.loaded = state;
    this.#log(`proxy on ${this.#host.name} started`);
  }

  /**
   * Puts another proxy in the place of this one, which cannot run at the same time: ports are closed for a
   * moment. If it does not come up, or this process ends half-way, the first one comes back.
   */
  async replace(container: string): Promise<void> {
    const from = this.#proxy;
    const to = new ProxyControl(this.#host, container);
    if (this.#reservation !== undefined) to.reservation = this.#reservation;
    await this.#guard?.close();
    this.#guard = undefined;
    const restoration = {
      ...{ key: PROXY_KEY, value: from.container, start: [from.container] },
      stop: [{ container, grace: LAST_REQUESTS }],
    };
    const guard = await RestoreGuard.open(this.#host, container, [restoration], this.#log);
    this.#log(`proxy on ${this.#host.name} is replaced: its ports are closed for a moment`);
    try {
      await this.#host.stop(from.container, LAST_REQUESTS);
      await to.start(this.loaded);
      const state = { ...this.loaded, proxy: container };
      await to.remember(state);
      this.#proxy = to;
      this.loaded = state;
    } catch (error) {
      this.#host.takeBack();
      await this.#host.stop(container, 0);
      await this.#host.start(from.container);
      await from.untilAnswers();
      await guard.close();
      throw error;
    }
    await guard.close();
    await this.watch();
  }

  async close(): Promise<void> {
    await this.#guard?.close();
  }
}
