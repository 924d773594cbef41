/**
 * The made-up process of the container that has the ports: a forwarder, or as before there were forwarders the proxy
 * itself, as its file says when it is started or reloaded.
 */
import type { FakeProxy } from "./proxy.ts";
import type { FakeRecord } from "./record.ts";

const FILE = "haproxy.cfg";

export class FakeForwarder {
  /** Whether it leads to a proxy, or is one. */
  forwards = true;
  #description = "";
  readonly #record: FakeRecord;
  readonly #proxy: FakeProxy;
  readonly #note: (event: string) => void;

  /** @param proxy what it is where its file says so. */
  constructor(record: FakeRecord, proxy: FakeProxy, note: (event: string) => void) {
    this.#record = record;
    this.#proxy = proxy;
    this.#note = note;
  }

  /** Reads its file as a starting or reloading one does. */
  load(): void {
    const config = this.#record.files.get(`/etc/longshore/${FILE}`);
    if (config === undefined) throw new Error("the forwarder has no file");
    this.forwards = /^listen port/m.test(config);
    this.#description = /^ *description (\S+)$/m.exec(config)?.[1] ?? "";
    if (!this.forwards) this.#proxy.load(FILE);
  }

  /** Carries out a command at its socket. */
  tell(line: string): string {
    if (line.trim() === "reload") {
      this.#proxy.reloads++;
      this.load();
      this.#note(this.forwards ? "reload forwarder" : "reload");
      return "Success=1\n";
    }
    if (!this.forwards) return this.#proxy.tell(line);
    if (line.trim() === "show info") return `Name: HAProxy\ndescription: ${this.#description}\n`;
    if (line.trim() === "show servers state") return "1\n# be_id be_name srv_name srv_fqdn\n";
    throw new Error(`a forwarder is told: ${line}`);
  }
}
