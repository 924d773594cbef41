/** A made-up proxy: what it loads from its files, and its runtime API as HAProxy's answers. */
import type { FakeRecord } from "./record.ts";
import { addressOf, backendRow, statRow } from "./stat.ts";

interface FakeServer {
  fqdn: string;
  state: string;
}

/** What happens behind a proxy. */
export interface Behind {
  containers: ReadonlyMap<string, { running: boolean; fate?: string }>;
  /** What backends have done so far: `app.b` → requests and errors. */
  traffic: ReadonlyMap<string, { requests: number; errors: number; averageMs?: number }>;
  /** Addresses that the proxy has for names, where they are not those of the containers. */
  stale: ReadonlyMap<string, string>;
  /** Sessions that old servers still have. */
  sessions: number;
  note: (event: string) => void;
}

/** Bytes of HAProxy's buffer, `tune.bufsize`. */
const BUFFER = 16_384;
const OTHER_MAPS = ["canary.map", "held.map", "maintenance.map"];

export class FakeProxy {
  /** Service → backend. */
  readonly map = new Map<string, string>();
  /** Its other maps, by name. */
  readonly maps = new Map<string, Map<string, string>>();
  readonly servers = new Map<string, FakeServer>();
  /** What the running proxy says its configuration is. */
  description = "";
  reloads = 0;
  /** Servers that it takes for up since another container answered at their address: `app.b/s1`. */
  readonly remembered = new Set<string>();
  /** Refuses every command that changes a map. */
  refuses = false;
  readonly #prepared = new Map<string, Map<string, string>>();
  readonly #record: FakeRecord;
  readonly #behind: Behind;

  constructor(record: FakeRecord, behind: Behind) {
    this.#record = record;
    this.#behind = behind;
  }

  /** Reads the files as a starting or reloading proxy does, whose configuration is `file`. */
  load(file = "proxy.cfg"): void {
    this.#loadMap(this.map, "slots.map");
    for (const name of OTHER_MAPS) {
      const map = new Map<string, string>();
      this.#loadMap(map, name);
      this.maps.set(name, map);
    }
    const config = this.#record.files.get(`/etc/longshore/${file}`) ?? "";
    this.description = /^ *description (\S+)$/m.exec(config)?.[1] ?? "";
    this.servers.clear();
    let backend = "";
    for (const line of config.split("\n")) {
      const [word = "", name = "", address = "", flag] = line.trim().split(" ");
      if (word === "backend") backend = name;
      if (word !== "server") continue;
      const state = flag === "disabled" ? "maint" : "ready";
      this.servers.set(`${backend}/${name}`, { fqdn: address.split(":")[0] ?? "", state });
    }
  }

  /** Carries out one line of commands at its socket. */
  tell(line: string): string {
    if (Buffer.byteLength(line) > BUFFER) return "The command is too big for the buffer size.";
    if (line.trim() === "reload") {
      this.reloads++;
      this.#behind.note("reload");
      this.load();
      return "Success=1\n";
    }
    return line
      .trim()
      .split(";")
      .map((command) => this.#answer(command))
      .join("\n");
  }

  #loadMap(map: Map<string, string>, file: string): void {
    map.clear();
    for (const line of (this.#record.files.get(`/etc/longshore/${file}`) ?? "").split("\n")) {
      const [key, value] = line.split(" ");
      if (key && value) map.set(key, value);
    }
  }

  #answer(line: string): string {
    const [verb = "", what = "", target = "", key = "", value = ""] = line.split(" ");
    if (what === "map" && verb !== "show" && this.refuses) return "Unknown map identifier.";
    if (line === "show info") return `Name: HAProxy\ndescription: ${this.description}\n`;
    if (line === "show backend") {
      const names = [...this.servers.keys()].map((id) => id.slice(0, id.indexOf("/")));
      return ["# name", ...new Set(names), ""].join("\n");
    }
    if (line === "show servers state") return this.#serversState();
    const stat = /^show stat (\S+) -1 -1 json$/.exec(line)?.[1];
    if (stat !== undefined) {
      const servers = [...this.servers].filter(([id]) => id.startsWith(`${stat}/`));
      const traffic = [...this.#behind.traffic].filter(([backend]) => backend === stat);
      return JSON.stringify([
        ...servers.map(([id, server]) => this.#stat(id, server)),
        ...traffic.map(([backend, done]) => backendRow(backend, done)),
      ]);
    }
    const file = target.split("/").at(-1) ?? "";
    const map = file === "slots.map" ? this.map : this.maps.get(file);
    if (verb === "show")
      return [...(map ?? [])].map(([name, entry]) => `0x1 ${name} ${entry}`).join("\n");
    if (verb === "prepare") {
      const version = String(this.#prepared.size + 1);
      this.#prepared.set(version, new Map());
      return `New version created: ${version}\n`;
    }
    if (target.startsWith("@")) return this.#prepare(verb, target.slice(1), line.split(" "));
    if (what === "map") return this.#change(verb, file, map, key, value);
    const server = this.servers.get(target);
    if (server === undefined) return "No such server.";
    if (key === "fqdn") server.fqdn = value;
    if (key === "health") this.remembered.delete(target);
    if (key === "state") server.state = value;
    return "";
  }

  /** `add map @1 FILE KEY VALUE`, `commit map @1 FILE` */
  #prepare(verb: string, version: string, words: string[]): string {
    const prepared = this.#prepared.get(version);
    if (prepared === undefined) return "Version number out of range.";
    const [, , , path = "", key = "", value = ""] = words;
    if (verb === "add") prepared.set(key, value);
    if (verb !== "commit") return "";
    const file = path.split("/").at(-1) ?? "";
    const before = JSON.stringify([...(this.maps.get(file) ?? [])]);
    this.maps.set(file, prepared);
    if (JSON.stringify([...prepared]) !== before) {
      this.#behind.note([`${file} is`, ...prepared.keys()].join(" "));
    }
    return "";
  }

  #change(
    verb: string,
    file: string,
    map: Map<string, string> | undefined,
    key: string,
    value: string,
  ): string {
    if (map === undefined) return "Unknown map identifier.";
    if (verb === "add" && map.has(key)) throw new Error(`added twice: ${key}`);
    if (verb === "set" && !map.has(key)) return "entry not found";
    if (verb === "del") map.delete(key);
    else map.set(key, value);
    const switched = verb === "del" ? `unswitch ${key}` : `switch ${value}`;
    const other = `${verb} ${file} ${key}${verb === "del" ? "" : ` ${value}`}`;
    this.#behind.note(file === "slots.map" ? switched : other);
    return "";
  }

  #serversState(): string {
    const rows = [...this.servers].map(([id, { fqdn }], index) =>
      [index, ...id.split("/"), fqdn].join(" "),
    );
    return ["1", "# be_id be_name srv_name srv_fqdn", ...rows, ""].join("\n");
  }

  #stat(id: string, server: FakeServer) {
    const [backend = "", name = ""] = id.split("/");
    const { containers, stale, sessions } = this.#behind;
    const container = containers.get(server.fqdn);
    const fate = container?.running ? (container.fate ?? "healthy") : "deaf";
    // Stumbling: its last check has failed, and three in a row would take it down.
    const stumbles = fate === "stumbles" && server.state === "ready";
    const up = (fate === "healthy" && server.state === "ready") || this.remembered.has(id);
    const [service = "", slot = ""] = backend.split(".");
    const active = this.map.get(service) === `${service}.${slot}`;
    const fields: Record<string, string | number> = {
      ...{ pxname: backend, svname: name },
      status: server.state === "maint" ? "MAINT" : up ? "UP" : stumbles ? "UP 2/3" : "DOWN",
      check_status: up ? "L7OK" : fate === "slow" ? "L7TOUT" : "L4CON",
      check_duration: fate === "slow" ? 2000 : 1,
      last_chk: up ? "" : "Connection refused",
      scur: active ? 0 : sessions,
      addr: container?.running
        ? `${stale.get(server.fqdn) ?? addressOf(server.fqdn)}:9090`
        : "<unresolved>",
    };
    return statRow("Server", fields);
  }
}
