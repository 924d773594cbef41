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
    const proxy = new FakeProxy(this.#host.record(volume), this.#host);
    this.#proxies.set(name, proxy);
    if (publishes) this.#forwarders.set(name, this.#forwarder(proxy));
  }

  addForwarder(name: string): void {
    this.#add(name, "forwarder", "record", true);
    this.#forwarders.set(name, this.#forwarder(new FakeProxy(this.#host.record(), this.#host)));
  }

  #forwarder(proxy: FakeProxy): FakeForwarder {
    return new FakeForwarder(this.#host.record(), proxy, (event) => this.#host.note(event));
  }

  /** The process in a container. */
  process(container: string): FakeProxy | FakeForwarder | undefined {
    return this.#forwarders.get(container) ?? this.#proxies.get(container);
  }

  /** The proxy that a request from outside gets to now; undefined: none. */
  get reached(): string | undefined {
    const { containers } = this.#host;
    const open = [...containers].find(([, { running, publishes }]) => running && publishes);
    const forwards = open !== undefined && this.#forwarders.get(open[0])?.forwards;
    const name = forwards ? this.#host.record().entry : open?.[0];
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
