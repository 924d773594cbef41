/**
 * A host for tests of the release: containers that start and fail as told, and a proxy that keeps
 * files, a map and servers as HAProxy's runtime API does. Real ones are used in test/e2e.
 */
import type {
  ContainerView,
  ExecResult,
  FileEntry,
  ReleaseHost,
  Session,
} from "../../components/fleet/release/host.ts";
import { addressOf, backendRow, blind, noImages, statRow } from "./fake-stat.ts";

export interface FakeContainer {
  running: boolean;
  /** What its start leads to; default: it runs and is healthy. */
  fate?: "healthy" | "exits" | "loops" | "deaf" | "slow";
  labels?: Record<string, string>;
  /** How often a looping one was looked at. */
  looks?: number;
}

interface FakeServer {
  fqdn: string;
  state: string;
}

export class FakeHost implements ReleaseHost {
  readonly name: string;
  readonly containers = new Map<string, FakeContainer>();
  readonly files = new Map<string, string>();
  readonly map = new Map<string, string>();
  /** The proxy's other maps (`canary.map`, `held.map`, …), by name. */
  readonly maps = new Map<string, Map<string, string>>();
  /** What the running proxy says its configuration is. */
  description = "";
  readonly servers = new Map<string, FakeServer>();
  readonly volumes = new Map<string, Record<string, string>>();
  /** What was done, in order: `start app-1`, `flip app.b`, … */
  readonly events: string[] = [];
  /** What a diagnosis is told: nothing is known of the containers' sockets. */
  readonly look = blind();
  readonly images = noImages;
  proxyRunning = false;
  reloads = 0;
  /** Sessions that old servers still have. */
  sessions = 0;
  /** Who holds the host's lock, as that line. */
  holder: string | undefined;
  /** What the lock was told to take back if its holder ends. */
  readonly guarded: string[] = [];
  /** Newest release that wrote files. */
  fence = 0;
  /** Answers of smoke requests, by address and path: status and body. Default: 200. */
  readonly answers = new Map<string, { status: number; body?: string; headers?: string[] }>();
  /** Exit code of commands run in a container of their own. */
  commandExit = 0;
  /** What backends have done so far: `app.b` → requests and errors. */
  readonly traffic = new Map<string, { requests: number; errors: number; averageMs?: number }>();
  /** Addresses that the proxy has for names, where they are not those of the containers. */
  readonly stale = new Map<string, string>();
  /** True: the deployer reaches nothing here any more. */
  cutOff = false;
  /** Called after each event: a test can change the world in the middle of a release. */
  onEvent: (event: string) => void = () => {};

  constructor(name: string, containers: Record<string, FakeContainer> = {}) {
    this.name = name;
    for (const [key, value] of Object.entries(containers)) this.containers.set(key, value);
    this.containers.set("proxy", { running: false, labels: { "longshore.role": "proxy" } });
  }

  inspect(name: string): Promise<ContainerView | undefined> {
    const found = this.containers.get(name);
    if (found === undefined) return Promise.resolve(undefined);
    // A looping one is seen running first, then between two runs.
    const looping = found.fate === "loops" && found.running;
    if (looping) found.looks = (found.looks ?? 0) + 1;
    const exited = found.fate === "exits" || (looping && (found.looks ?? 0) > 1);
    return Promise.resolve({
      name,
      running: found.running && !exited,
      restarting: false,
      exitCode: !exited ? 0 : looping ? 7 : 3,
      outOfMemory: false,
      restarts: looping ? 2 : 0,
      startedAt: Date.now() - 60_000,
      labels: found.labels ?? {},
      addresses: found.running ? [addressOf(name)] : [],
    });
  }

  async list(_stack: string): Promise<ContainerView[]> {
    const views = await Promise.all([...this.containers.keys()].map((name) => this.inspect(name)));
    return views.filter((view) => view !== undefined);
  }

  start(name: string): Promise<void> {
    if (this.cutOff) return Promise.reject(new Error("cut off"));
    const found = this.containers.get(name);
    if (found === undefined) return Promise.reject(new Error(`no such container: ${name}`));
    if (!found.running) this.#note(`start ${name}`);
    found.running = true;
    if (name === "proxy") this.#boot();
    return Promise.resolve();
  }

  stop(name: string, _grace: number): Promise<void> {
    if (this.cutOff) return Promise.reject(new Error("cut off"));
    const found = this.containers.get(name);
    if (found?.running) this.#note(`stop ${name}`);
    if (found) found.running = false;
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.#note(`remove ${name}`);
    this.containers.delete(name);
    return Promise.resolve();
  }

  logs(name: string): Promise<string> {
    return Promise.resolve(`last words of ${name}`);
  }

  readFile(_container: string, path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(path));
  }

  writeFiles(_container: string, folder: string, files: FileEntry[]): Promise<void> {
    if (this.cutOff) return Promise.reject(new Error("cut off"));
    for (const file of files) this.files.set(`${folder}/${file.name}`, file.content);
    return Promise.resolve();
  }

  fillVolume(volume: string, _container: string, files: Record<string, string>): Promise<void> {
    this.volumes.set(volume, files);
    return Promise.resolve();
  }

  session(_container: string, _command: string[], input: string): Promise<Session> {
    if (this.holder !== undefined) {
      const line = `held ${this.holder}`;
      return Promise.resolve({ line, send: () => {}, close: () => Promise.resolve() });
    }
    this.holder = input.trim();
    const close = () => {
      this.holder = undefined;
      return Promise.resolve();
    };
    const send = (line: string) => this.guarded.push(line);
    return Promise.resolve({ line: "locked", send, close });
  }

  runLike(container: string, command: string[], log: (line: string) => void): Promise<number> {
    this.#note(`run ${command.join(" ")} like ${container}`);
    log(`${command[0] ?? ""} was here`);
    return Promise.resolve(this.commandExit);
  }

  exec(_container: string, command: string[], stdin = ""): Promise<ExecResult> {
    if (this.cutOff) return Promise.reject(new Error("cut off"));
    if (command[3] === "commit") return this.#commit(Number(command[4]), command.slice(5));
    if (command[3] === "smoke") return ok(this.#smoke(command[4] ?? ""));
    if (command[0] === "haproxy") return ok("");
    if (stdin.trim() === "reload") {
      this.reloads++;
      this.#note("reload");
      this.#boot();
      return ok("Success=1\n");
    }
    return ok(
      stdin
        .trim()
        .split(";")
        .map((line) => this.#answer(line))
        .join("\n"),
    );
  }

  #note(event: string): void {
    this.events.push(event);
    this.onEvent(event);
  }

  #commit(number: number, paths: string[]): Promise<ExecResult> {
    if (this.fence > number) {
      const stderr = `release ${this.fence} has been here, which is newer than this one (${number})\n`;
      return Promise.resolve({ exitCode: 76, stdout: "", stderr });
    }
    this.fence = number;
    for (const path of paths) {
      const name = path.split("/").at(-1) ?? "";
      this.files.set(`/etc/longshore/${name}`, this.files.get(path) ?? "");
      this.files.delete(path);
    }
    return ok("");
  }

  #smoke(url: string): string {
    const { status, body = "", headers = [] } = this.answers.get(url) ?? { status: 200 };
    const lines = [`HTTP/1.1 ${status} X`, ...headers, "", body];
    return Buffer.from(lines.join("\r\n"), "latin1").toString("base64");
  }

  #answer(line: string): string {
    const [verb = "", what = "", target = "", key = "", value = ""] = line.split(" ");
    if (line === "show info") return `Name: HAProxy\ndescription: ${this.description}\n`;
    if (line === "show servers state") {
      const rows = [...this.servers].map(([id, { fqdn }], index) =>
        [index, ...id.split("/"), fqdn].join(" "),
      );
      return ["1", "# be_id be_name srv_name srv_fqdn", ...rows, ""].join("\n");
    }
    if (line === "show stat json")
      return JSON.stringify([
        ...[...this.servers].map(([id, server]) => this.#stat(id, server)),
        ...[...this.traffic].map(([backend, done]) => backendRow(backend, done)),
      ]);
    const file = target.split("/").at(-1) ?? "";
    const other = file === "slots.map" ? undefined : this.maps.get(file);
    if (verb === "show")
      return [...(other ?? this.map)].map(([k, v]) => `0x1 ${k} ${v}`).join("\n");
    if (what === "map" && file !== "slots.map") {
      if (other === undefined) return "Unknown map identifier.";
      if (verb === "del") other.delete(key);
      else other.set(key, value);
      this.#note(`${verb} ${file} ${key}${verb === "del" ? "" : ` ${value}`}`);
      return "";
    }
    if (what === "map") {
      if (verb === "add" && this.map.has(key)) throw new Error(`added twice: ${key}`);
      if (verb === "set" && !this.map.has(key)) return "entry not found";
      if (verb === "del") this.map.delete(key);
      else this.map.set(key, value);
      this.#note(verb === "del" ? `unflip ${key}` : `flip ${value}`);
      return "";
    }
    const server = this.servers.get(target);
    if (server === undefined) return "No such server.";
    if (key === "fqdn") server.fqdn = value;
    if (key === "state") server.state = value;
    return "";
  }

  #stat(id: string, server: FakeServer) {
    const [backend = "", name = ""] = id.split("/");
    const container = this.containers.get(server.fqdn);
    const fate = container?.running ? (container.fate ?? "healthy") : "deaf";
    const up = fate === "healthy" && server.state === "ready";
    const active = this.map.get(backend.split(".")[0] ?? "") === backend;
    const fields: Record<string, string | number> = {
      pxname: backend,
      svname: name,
      status: server.state === "maint" ? "MAINT" : up ? "UP" : "DOWN",
      check_status: up ? "L7OK" : fate === "slow" ? "L7TOUT" : "L4CON",
      check_duration: fate === "slow" ? 2000 : 1,
      last_chk: up ? "" : "Connection refused",
      scur: active ? 0 : this.sessions,
      addr: container?.running
        ? `${this.stale.get(server.fqdn) ?? addressOf(server.fqdn)}:9090`
        : "<unresolved>",
    };
    return statRow("Server", fields);
  }

  /** Reads the files as a starting proxy does. */
  #boot(): void {
    this.proxyRunning = true;
    const load = (map: Map<string, string>, file: string) => {
      map.clear();
      for (const line of (this.files.get(`/etc/longshore/${file}`) ?? "").split("\n")) {
        const [key, value] = line.split(" ");
        if (key && value) map.set(key, value);
      }
    };
    load(this.map, "slots.map");
    for (const file of ["canary.map", "held.map", "maintenance.map"]) {
      const map = new Map<string, string>();
      load(map, file);
      this.maps.set(file, map);
    }
    const config = this.files.get("/etc/longshore/haproxy.cfg") ?? "";
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
}

function ok(stdout: string): Promise<ExecResult> {
  return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
}
