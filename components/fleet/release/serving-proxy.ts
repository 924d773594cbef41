/** The proxy that serves a host during a release, the forwarder before it, and what they were told last. */
import { ProxyGuard } from "../state/guards.ts";
import type { HeldHost } from "../state/held-host.ts";
import { Certificates } from "../proxy/certificate.ts";
import { ProxyControl } from "../proxy/control.ts";
import { Forwarder } from "../proxy/forwarder.ts";
import { followOthers, followsOthers } from "./plan/peers.ts";
import type { Certificate, HostState, ServiceRequest, SlotName } from "../types.ts";
import { untilQuiet } from "../proxy/waiting.ts";
import type { Log } from "../../output/log.ts";

import { type WayIn, handOver, moveBefore, moveBehind, portsOf, swapForwarder } from "./way-in.ts";

/** Seconds beside those after which a proxy ends its last connections by itself. */
const MARGIN = 2;

export class ServingProxy {
  /** What the proxy serves, and would serve after a restart. */
  loaded: HostState;
  readonly #host: HeldHost;
  readonly #log: Log;
  readonly #certificates: Certificates;
  #proxy: ProxyControl;
  #guard: ProxyGuard | undefined;

  /** @param certificate the wanted one. */
  constructor(
    host: HeldHost,
    container: string,
    loaded: HostState,
    log: Log,
    certificate?: Certificate,
  ) {
    this.#host = host;
    this.#certificates = new Certificates(certificate);
    this.#proxy = new ProxyControl(host, container, this.#certificates);
    this.#log = log;
    this.loaded = loaded;
  }

  get proxy(): ProxyControl {
    return this.#proxy;
  }

  /** From now on canaries and held requests do not outlive this process. */
  async watch(): Promise<void> {
    if (this.#guard !== undefined) return;
    this.#guard = await ProxyGuard.open(this.#host, this.#proxy.container);
    this.#proxy.sockets.messenger = this.#guard;
  }

  /** If this process ends, the service's requests go back to the replicas that serve. */
  guardCanary(service: string): void {
    this.#guard?.canary(service);
  }

  /** Makes the proxy hold `next`, without a switch. */
  async apply(next: HostState): Promise<void> {
    const how = await this.#proxy.apply(this.loaded, next);
    if (how === "reloaded") {
      this.#log(`proxy on ${this.#host.name} reloaded`);
      // It is told of a port when there is somebody to lead to.
      if (this.#forwarder !== undefined && !(await this.#forwarder.follows(next))) {
        await this.#forwarder.reload();
      }
    }
    if (next.certificate !== undefined && next.certificate !== this.loaded.certificate) {
      this.#log(`proxy on ${this.#host.name} has the certificate ${next.certificate}`);
    }
    this.loaded = next;
  }

  /** From now on the host finds other hosts' services where `peers` says: before any of them goes elsewhere. */
  async follow(peers: Pick<HostState, "remote" | "peers">): Promise<void> {
    if (followsOthers(this.loaded, peers)) {
      await this.apply(followOthers({ ...this.loaded }, peers));
    }
  }

  /** Makes both hold what the files say: a deployer may have died between the files and the commands. */
  async resync(): Promise<"reloaded" | "unchanged"> {
    const [how, follows] = await Promise.all([
      this.#proxy.resync(this.loaded),
      this.#forwarder?.follows(this.loaded) ?? true,
    ]);
    if (follows) return how;
    if (how === "unchanged") await this.#proxy.remember(this.loaded);
    await this.#forwarder?.reload();
    return "reloaded";
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

  /** The containers that serve. */
  get wayIn(): WayIn {
    return { proxy: this.#proxy.container, forwarder: this.loaded.forwarder };
  }

  /** Starts the proxy where none runs. */
  async start(): Promise<void> {
    const state = { ...this.loaded, proxy: this.#proxy.container };
    await this.#proxy.start(state);
    await this.#proxy.takeEntry();
    this.loaded = state;
    this.#log(`proxy on ${this.#host.name} started`);
  }

  /** Opens the ports where nobody has them. */
  async open(forwarder: string): Promise<void> {
    this.loaded = { ...this.loaded, forwarder };
    await this.#proxy.remember(this.loaded);
    await new Forwarder(this.#host, forwarder).start();
    this.#log(`forwarder on ${this.#host.name} started`);
  }

  /**
   * Puts other containers in the place of those that serve. Another proxy takes over behind the forwarder without
   * downtime; another forwarder cannot have the ports at the same time: they are closed for a moment. If
   * what is new does not come up, or this process ends half-way, the first ones come back.
   */
  async replace(to: WayIn): Promise<void> {
    await this.#guard?.close();
    this.#guard = undefined;
    const forwarder = portsOf(to);
    if (this.loaded.forwarder === undefined) await this.#handOver(to.proxy, moveBehind);
    else if (to.forwarder !== undefined && to.proxy !== this.#proxy.container) {
      await this.#handOver(to.proxy, handOver);
    }
    if (this.loaded.forwarder !== forwarder) await this.#swapForwarder(forwarder);
    if (to.forwarder === undefined) await this.#handOver(to.proxy, moveBefore);
    await this.watch();
  }

  /** Another proxy takes over; the last one ends what it has, unless it is the forwarder now. */
  async #handOver(container: string, how: typeof handOver): Promise<void> {
    const from = this.#proxy;
    const to = this.#control(container);
    this.loaded = await how(this.#host, from, to, this.loaded);
    this.#proxy = to;
    this.#log(`proxy on ${this.#host.name} replaced: no downtime`);
    if (from.container !== this.loaded.forwarder) {
      await this.#host.stop(from.container, this.loaded.settings.drainTimeout + MARGIN);
    }
    await to.clearEntries();
  }

  async #swapForwarder(next: string): Promise<void> {
    this.#log(`forwarder on ${this.#host.name} is replaced: its ports are closed for a moment`);
    this.loaded = await swapForwarder(this.#host, this.#proxy, this.loaded, next, this.#log);
  }

  #control(container: string): ProxyControl {
    if (container === this.#proxy.container) return this.#proxy;
    return new ProxyControl(this.#host, container, this.#certificates);
  }

  get #forwarder(): Forwarder | undefined {
    const { forwarder } = this.loaded;
    return forwarder === undefined ? undefined : new Forwarder(this.#host, forwarder);
  }

  async close(): Promise<void> {
    await this.#guard?.close();
  }
}
