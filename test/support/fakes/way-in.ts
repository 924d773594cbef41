/** The made-up proxies and forwarders of a host, and which of them a visitor gets to. */
import { FakeForwarder } from "./forwarder.ts";
import { type Behind, FakeProxy } from "./proxy.ts";
import type { FakeRecord } from "./record.ts";

/** What is asked of the host. */
interface Host extends Behind {
  containers: Map<string, { running: boolean; publishes?: boolean }>;
  record(volume?: string): FakeRecord;
}

const FOLDER = "/etc/longshore";

export class FakeWayIn {
  readonly #host: Host;
  readonly #proxies = new Map<string, FakeProxy>();
  readonly #forwarders = new Map<string, FakeForwarder>();

  constructor(host: Host) {
    this.#host = host;
  }

  addProxy(name: string, { volume = "record", publishes = false } = {}): void {
    this.#add(name, "proxy", volume, publishes);
    this.#proxies.set(name, new FakeProxy(this.#host.record(volume), this.#host));
  }

  addForwarder(name: string): void {
    this.#add(name, "forwarder", "record", true);
    const note = (event: string) => this.#host.note(event);
    this.#forwarders.set(name, new FakeForwarder(this.#host.record(), note));
  }

  /** The process in a container. */
  process(container: string): FakeProxy | FakeForwarder | undefined {
    return this.#proxies.get(container) ?? this.#forwarders.get(container);
  }

  /** The proxy that a request from outside gets to now; undefined: none. */
  get reached(): string | undefined {
    const { containers } = this.#host;
    const open = [...containers].find(([, { running, publishes }]) => running && publishes);
    const name = open && this.#forwarders.has(open[0]) ? this.#host.record().entry : open?.[0];
    return name !== undefined && containers.get(name)?.running === true ? name : undefined;
  }

  /** The proxy that is reached, else one that runs, else the first one. */
  get proxy(): FakeProxy {
    const names = [...this.#proxies.keys()];
    const running = names.find((each) => this.#host.containers.get(each)?.running === true);
    return this.#proxies.get(this.reached ?? running ?? names[0] ?? "") as FakeProxy;
  }

  #add(name: string, role: string, volume: string, publishes: boolean): void {
    const container = {
      running: false,
      labels: { "longshore.role": role },
      ...{ mounts: { [FOLDER]: volume }, publishes },
    };
    this.#host.containers.set(name, container);
  }
}
