/**
 * The proxy of one host during a release: its files, its runtime commands, and what its health
 * checks see. Everything runs inside the proxy's container, so that nothing is asked of the machine
 * that deploys but a connection to the engine.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ReleaseHost } from "../../engine/host.ts";
import type { Visitors } from "../../releases/operations.ts";
import { Certificates, serveCertificate } from "./certificate.ts";
import { maintenanceEntries } from "./pages.ts";
import { ProxyFolder } from "./folder.ts";
import { ProxySockets } from "./sockets.ts";
import { listenPorts } from "./ports.ts";
import { PROXY_FOLDER } from "./programs.ts";
import { shapeName } from "./render.ts";
import {
  type ServerStatus,
  type Traffic,
  httpBackends,
  mapCommands,
  parseDescription,
  parseServerNames,
  parseVisitors,
  parseSlot,
  parseTraffic,
  serverCommands,
  serverNames,
} from "./runtime-api.ts";
import { backendName, share } from "./slot-servers.ts";
import type { HostState, SlotName } from "../types.ts";

const FOLDER = PROXY_FOLDER;
const MAP = `${FOLDER}/slots.map`;
const CANARY = `${FOLDER}/canary.map`;
const HELD = `${FOLDER}/held.map`;
const MAINTENANCE = `${FOLDER}/maintenance.map`;

/** Controls the proxy in `container` on `host`. */
export class ProxyControl {
  readonly host: ReleaseHost;
  readonly container: string;
  readonly #folder: ProxyFolder;
  readonly sockets: ProxySockets;

  /** @param certificates those that it may be told to serve, by states that name them. */
  constructor(host: ReleaseHost, container: string, certificates = new Certificates()) {
    this.host = host;
    this.container = container;
    this.sockets = new ProxySockets(host, container);
    this.#folder = new ProxyFolder(host, container, certificates, this.sockets);
  }

  /**
   * Writes the files for `state` and starts the proxy with them.
   * @throws with the proxy's own words if it does not come up.
   */
  async start(state: HostState): Promise<void> {
    await this.#folder.fill(state);
    await this.host.start(this.container);
    await this.untilAnswers();
    await this.#folder.tryOut();
  }

  /**
   * Waits until a proxy that was started answers.
   * @throws with the proxy's own words if it does not come up.
   */
  async untilAnswers(): Promise<void> {
    await this.sockets.untilAnswers("proxy");
  }

  /** From now on the forwarder hands new connections over to this proxy. Safe to repeat. */
  async takeEntry(): Promise<void> {
    await this.#folder.takeEntry();
  }

  /** Removes the sockets of proxies that serve no more. */
  async clearEntries(): Promise<void> {
    await this.#folder.clearEntries();
  }

  /** Writes down what serves, without telling the proxy; from now on the forwarder leads to this one. */
  async remember(state: HostState): Promise<void> {
    await this.#folder.write(state);
  }

  /**
   * Makes the running proxy hold `next`: by its socket where the shape stays, by a reload where it
   * does not. Another certificate needs none. Which slot serves does not change here, see `switchTo`. The running proxy says itself what
   * shape it was started with: a deployer that died between the files and the reload is found out.
   */
  async apply(current: HostState, next: HostState): Promise<"told" | "reloaded" | "unchanged"> {
    const { replaces, tryOut, commit } = await this.#folder.prepare(next, current);
    const reload = (await this.#runningShape()) !== shapeName(next);
    if (reload || replaces) await tryOut();
    await commit();
    if (reload) {
      await this.#reload();
      // The configuration that was tried, and what belongs to closed ports.
      const certificate = next.certificate !== undefined;
      await this.#folder.clear({ ports: listenPorts(next), certificate });
      return "reloaded";
    }
    if (replaces) await this.#replaceCertificate(current, next);
    const commands = serverCommands(current, next);
    if (commands.length > 0) await this.sockets.tell(commands);
    return commands.length > 0 || replaces ? "told" : "unchanged";
  }

  /** If the running proxy refuses it, the files are again what `current` says. */
  async #replaceCertificate(current: HostState, next: HostState): Promise<void> {
    try {
      await serveCertificate(this.host, this.container);
      await this.#folder.clear();
    } catch (error) {
      await this.#folder.write(current, next);
      throw error;
    }
  }

  /**
   * Switches each of `services` to the slot that `next` names, and gives their standby slots the share
   * that `next` names: none, unless it says so. Files first, then the running proxy.
   */
  async switchTo(next: HostState, services: string[]): Promise<void> {
    await this.#folder.write(next);
    const slots = await this.sockets.readMap(MAP);
    const shares = await this.sockets.readMap(CANARY);
    const commands = services.flatMap((name) => {
      const active = next.services[name]?.active;
      const backend = active === undefined ? undefined : `${name}.${active}`;
      return [
        ...mapCommands(MAP, slots, [[name, backend]]),
        ...mapCommands(CANARY, shares, [[name, share(next, name)]]),
      ];
    });
    if (commands.length > 0) await this.sockets.tell(commands);
  }

  /**
   * Sends `next`'s share (`canary`, in percent) of a service's requests to its standby slot, from the
   * next request on. 0 or undefined ends it.
   */
  async setWeight(next: HostState, service: string): Promise<void> {
    await this.#folder.write(next);
    await this.sockets.setMap(CANARY, [[service, share(next, service)]]);
  }

  /**
   * Serves the maintenance page that `next` names to all visitors, or the services again, and tells load balancers whether
   * it drains. If the running proxy refuses that, the files are again what `current` says.
   */
  async setMaintenance(current: HostState, next: HostState): Promise<void> {
    await this.#folder.write(next);
    try {
      await this.tellMaintenance(next);
    } catch (error) {
      await this.#folder.write(current);
      throw error;
    }
  }

  /** Tells the running proxy what the files say of maintenance, whatever it holds. */
  async tellMaintenance(state: HostState): Promise<void> {
    await this.sockets.replaceMap(MAINTENANCE, maintenanceEntries(state));
  }

  /**
   * Lets new requests and connections for a service wait, each at most `LONGEST_HOLD` seconds, until
   * `release`. In no file: a proxy that restarts holds nobody. Safe to repeat.
   */
  async hold(service: string): Promise<void> {
    await this.sockets.setMap(HELD, [[service, "1"]]);
  }

  /** Lets those that wait for a service go on. Safe to repeat, and where nobody is held. */
  async resume(service: string): Promise<void> {
    await this.sockets.setMap(HELD, [[service, undefined]]);
  }

  /** Services whose requests wait now, e.g. since a deployer was killed between `hold` and `release`. */
  async held(): Promise<string[]> {
    return [...(await this.sockets.readMap(HELD)).keys()];
  }

  /**
   * What each port of a service's slot that speaks HTTP has answered since the proxy was started or reloaded. For a span
   * of time, give two of them to `trafficSince`.
   */
  async traffic(service: string, slot: SlotName): Promise<Traffic[]> {
    const answers = await this.#stat(service, slot);
    return httpBackends(answers).map((backend) => parseTraffic(answers, backend));
  }

  /** Which slot the running proxy really uses for each service. */
  async activeSlots(): Promise<Map<string, SlotName>> {
    const slots = [...(await this.sockets.readMap(MAP))];
    return new Map(slots.map(([name, backend]) => [name, backend.slice(-1) as SlotName]));
  }

  /** The servers of a service's slot as the proxy's health checks see them. */
  async servers(service: string, slot: SlotName): Promise<ServerStatus[]> {
    return parseSlot(await this.#stat(service, slot), backendName(service, slot));
  }

  /** Sets one server of a slot: `drain` takes it no new requests, `ready` lets it serve once it is up. */
  async setServer(
    service: string,
    slot: SlotName,
    index: number,
    state: "drain" | "ready",
  ): Promise<void> {
    await this.sockets.tell([`set server ${service}.${slot}/s${index + 1} state ${state}`]);
  }

  /**
   * Waits until no worker of before a reload is left, which cannot be told anything any more: a connection
   * that is kept open there has one more request. At most until `until`, in milliseconds since the epoch.
   */
  async untilOneWorker(until: number): Promise<void> {
    while (Date.now() < until && (await this.sockets.oldWorkers()) > 0) await pause(200);
  }

  /**
   * Takes servers of a slot for down until their next checks say otherwise: a replica that was just stopped
   * and started again may still be taken for up.
   */
  async doubt(service: string, slot: SlotName, indexes: number[]): Promise<void> {
    const server = (index: number) => `${service}.${slot}/s${index + 1}`;
    await this.sockets.tell(indexes.map((index) => `set server ${server(index)} health down`));
  }

  /** Tells where servers of a slot are now, for their checks to begin at once. */
  async setAddresses(
    service: string,
    slot: SlotName,
    addresses: (readonly [index: number, address: string])[],
  ): Promise<void> {
    const backends = await this.sockets.backendsOf(backendName(service, slot));
    await this.sockets.tell(
      backends.flatMap((backend) =>
        addresses.map(([index, address]) => `set server ${backend}/s${index + 1} addr ${address}`),
      ),
    );
  }

  /**
   * Makes the running proxy hold what the files say, by a reload, if it does not: a deployer may have
   * died between the files and the commands.
   */
  async resync(state: HostState): Promise<"reloaded" | "unchanged"> {
    const [answer = ""] = await this.sockets.tell(["show servers state"]);
    const held = parseServerNames(answer);
    const wanted = serverNames(state);
    const same = [...wanted].every(([server, name]) => held.get(server) === name);
    if (same && (await this.#runningShape()) === shapeName(state)) {
      if (state.certificate !== undefined) await serveCertificate(this.host, this.container);
      return "unchanged";
    }
    await this.#folder.write(state);
    await this.#reload();
    return "reloaded";
  }

  /** What visitors ask, without the checks of a load balancer. */
  async visitors(): Promise<Visitors> {
    const answers = await this.sockets.tell([
      "show stat public 1 -1 json",
      "show stat host-check 2 -1 json",
      "show sess",
    ]);
    return parseVisitors(answers.join("\n"));
  }

  /** Of one slot's backends alone: of all of them it is 80 KiB for each service. */
  async #stat(service: string, slot: SlotName): Promise<string> {
    const backends = await this.sockets.backendsOf(backendName(service, slot));
    const commands = backends.map((backend) => `show stat ${backend} -1 -1 json`);
    return (await this.sockets.tell(commands)).join("\n");
  }

  async #runningShape(): Promise<string | undefined> {
    const [answer = ""] = await this.sockets.tell(["show info"]);
    return parseDescription(answer);
  }

  async #reload(): Promise<void> {
    // Those that wait do so in the old process, which nobody could release any more.
    const held = await this.held();
    for (const service of held) await this.resume(service);
    await this.sockets.reload();
    for (const service of held) await this.hold(service);
  }

  /** Removes files that a killed deployer had put beside those in use. */
  async clearPrepared(): Promise<void> {
    await this.#folder.clear();
  }
}
