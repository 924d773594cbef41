/**
 * A host for tests of the release, as strict as an engine: containers that start and fail as told, one
 * container at a time on the public port, a record in a volume that only its mounts reach, and helpers that
 * end with their deployer. Real ones are used in test/e2e.
 */
import {
  type CommandOptions,
  type ContainerView,
  type ExecResult,
  type FileEntry,
  type HelperSpec,
  type ReleaseHost,
  type Session,
  StartFailure,
} from "../../../components/engine/host.ts";
import type { HostNetworks } from "../../../components/engine/networks.ts";
import { fakeGuard, fakeRestore } from "./guards.ts";
import type { FakeContainer } from "./container.ts";
import type { FakeProxy } from "./proxy.ts";
import { FakeRecord } from "./record.ts";
import type { FakeSession } from "./session.ts";
import { type SmokeAnswer, addressOf, blind, noImages, smokeAnswer } from "./stat.ts";
import { FakeWayIn } from "./way-in.ts";

const FOLDER = "/etc/longshore";

export class FakeHost implements ReleaseHost {
  readonly name: string;
  readonly containers = new Map<string, FakeContainer>();
  readonly volumes = new Map<string, Record<string, string>>();
  /** What was done, in order: `start app-1`, `switch app.b`, … */
  readonly events: string[] = [];
  /** What a diagnosis is told: nothing is known of the containers' sockets. */
  readonly inspection = blind();
  readonly images = noImages;
  readonly networks: HostNetworks = {
    hold: () => Promise.reject(new Error("not in a release")),
    sweep: () => Promise.resolve(),
    join: (container, like) => this.#join(container, this.#container(like)),
    leave: async (container, network) => {
      await this.#reach();
      delete this.#container(container).networks?.[network];
      this.note(`${container} leaves ${network}`);
    },
  };
  /** Sessions that old servers still have. */
  sessions = 0;
  /** What guards on the host were told. */
  readonly guarded: string[] = [];
  /** Answers of smoke requests, by address and path: status and body. Default: 200. */
  readonly answers = new Map<string, SmokeAnswer>();
  /** Exit code of commands run in a container of their own. */
  commandExit = 0;
  /** True: such commands go on until they are told to stop. */
  commandHangs = false;
  readonly traffic = new Map<string, { requests: number; errors: number; averageMs?: number }>();
  readonly stale = new Map<string, string>();
  /** Called after each event: a test can change the world in the middle of a release. */
  onEvent: (event: string) => void = () => {};
  readonly #records = new Map<string, FakeRecord>();
  readonly #wayIn: FakeWayIn;
  readonly #open = new Set<FakeSession>();
  #helpers = 0;
  #cutOff = false;

  constructor(name: string, containers: Record<string, FakeContainer> = {}) {
    this.name = name;
    for (const [key, value] of Object.entries(containers)) this.containers.set(key, value);
    this.#wayIn = new FakeWayIn(this);
    this.addProxy("proxy");
    this.addForwarder("forwarder");
  }

  /** Creates a proxy, stopped, with the record in `volume`; one of before there were forwarders has the ports. */
  addProxy(name: string, options: { volume?: string; publishes?: boolean } = {}): void {
    this.#wayIn.addProxy(name, options);
  }

  /** Creates a forwarder, stopped. */
  addForwarder(name: string): void {
    this.#wayIn.addForwarder(name);
  }

  /** The record in a volume. */
  record(volume = "record"): FakeRecord {
    const found = this.#records.get(volume) ?? new FakeRecord();
    this.#records.set(volume, found);
    return found;
  }

  get files(): Map<string, string> {
    return this.record().files;
  }

  /** The proxy that visitors reach, else one that runs, else the first one. */
  get proxy(): FakeProxy {
    return this.#wayIn.proxy;
  }

  /** The proxy that a request from outside gets to now; undefined: none. */
  get reached(): string | undefined {
    return this.#wayIn.reached;
  }

  get map(): Map<string, string> {
    return this.proxy.map;
  }

  get maps(): Map<string, Map<string, string>> {
    return this.proxy.maps;
  }

  /** True: the deployer is cut off. Its calls fail, its sessions end. */
  set cutOff(cut: boolean) {
    this.#cutOff = cut;
    if (cut) for (const session of [...this.#open]) session.end();
  }

  note(event: string): void {
    this.events.push(event);
    this.onEvent(event);
  }

  async inspect(name: string): Promise<ContainerView | undefined> {
    await this.#reach();
    const found = this.containers.get(name);
    if (found === undefined) return undefined;
    // A looping one is seen running first, then between two runs.
    const looping = found.fate === "loops" && found.running;
    if (looping) found.looks = (found.looks ?? 0) + 1;
    const exited = found.fate === "exits" || (looping && (found.looks ?? 0) > 1);
    return {
      name,
      running: found.running && !exited,
      restarting: false,
      exitCode: !exited ? 0 : looping ? 7 : 3,
      outOfMemory: false,
      restarts: looping ? 2 : (found.restarts ?? 0),
      startedAt: Date.now() - 60_000,
      finishedAt: "",
      labels: found.labels ?? {},
      addresses: found.running ? [addressOf(name)] : [],
      mounts: found.mounts ?? {},
      names: found.networks ?? {},
      publishes: found.publishes ?? false,
    };
  }

  async #join(container: string, like: FakeContainer): Promise<string[]> {
    await this.#reach();
    const own = (this.#container(container).networks ??= {});
    const joined = Object.entries(like.networks ?? {}).filter(([name]) => !(name in own));
    for (const [name, names] of joined) own[name] = names;
    for (const [name] of joined) this.note(`${container} joins ${name}`);
    return joined.map(([name]) => name);
  }

  async list(_stack: string): Promise<ContainerView[]> {
    const views = await Promise.all([...this.containers.keys()].map((name) => this.inspect(name)));
    return views.filter((view) => view !== undefined);
  }

  async limitPids(name: string, limit: number): Promise<void> {
    await this.#reach().then(() => (this.#container(name).pids = limit));
  }

  async start(name: string): Promise<void> {
    await this.#reach();
    const found = this.#container(name);
    if (found.running) return;
    const others = [...this.containers].filter(([each]) => each !== name);
    if (found.publishes && others.some(([, { running, publishes }]) => running && publishes)) {
      throw new StartFailure(name, this.name, "port is already allocated");
    }
    found.running = true;
    this.note(`start ${name}`);
    this.#wayIn.process(name)?.load();
  }

  async stop(name: string, _grace: number): Promise<void> {
    await this.#reach();
    const found = this.containers.get(name);
    if (!found?.running) return;
    found.running = false;
    this.note(`stop ${name}`);
  }

  async remove(name: string): Promise<void> {
    await this.#reach();
    this.note(`remove ${name}`);
    this.containers.delete(name);
  }

  logs(name: string): Promise<string> {
    return this.#reach().then(() => `last words of ${name}`);
  }

  readFile(container: string, path: string): Promise<string | undefined> {
    return this.#reach().then(() => this.#recordOf(container)?.files.get(path));
  }

  async writeFiles(container: string, folder: string, files: FileEntry[]): Promise<void> {
    await this.#reach();
    const record = this.#recordOf(container);
    for (const file of files) record?.files.set(`${folder}/${file.name}`, file.content);
  }

  async fillVolume(volume: string, container: string, files: Record<string, string>) {
    await this.#reach();
    this.#container(container);
    this.volumes.set(volume, files);
  }

  async session(container: string, command: string[], _input: string): Promise<Session> {
    await this.#reach();
    if (!this.#container(container).running) throw new Error(`${container} is not running`);
    const record = this.#recordOf(container);
    const tell = (line: string) => this.#wayIn.process(container)?.tell(line) ?? "";
    return this.#keep(fakeGuard(this, container, { record, token: command[4], tell }));
  }

  helperSession(spec: HelperSpec & { engine: true }): Promise<Session | undefined>;
  helperSession(spec: HelperSpec): Promise<Session>;
  async helperSession({ use, like, command, input }: HelperSpec): Promise<Session> {
    await this.#reach();
    const name = `${use}-${++this.#helpers}`;
    const { mounts = {} } = this.#container(like);
    const labels = { "longshore.helper": use };
    const record = this.#recordOf(like);
    const token = command[4] ?? "";
    if (use !== "lock") return this.#keep(fakeRestore(this, name, record, { plan: input, token }));
    if (record === undefined) throw new Error(`${like} mounts no record`);
    this.containers.set(name, { running: true, labels, mounts });
    const session = record.lock(name, input.trim(), token);
    void session.ended.then(() => this.containers.delete(name));
    return this.#keep(session);
  }

  async runLike(
    container: string,
    command: string[],
    { log, signal }: CommandOptions,
  ): Promise<number> {
    await this.#reach();
    this.note(`run ${command.join(" ")} like ${container}`);
    log(`${command[0] ?? ""} was here`);
    if (!this.commandHangs) return this.commandExit;
    const stopped = () => signal?.aborted === true;
    while (!stopped()) await new Promise((resolve) => setTimeout(resolve, 10));
    this.note("end the release command");
    return 143;
  }

  async exec(container: string, command: string[], stdin = ""): Promise<ExecResult> {
    await this.#reach();
    if (!this.#container(container).running) throw new Error(`${container} is not running`);
    const [program, , , script, ...args] = command;
    if (script === "commit") this.#recordOf(container)?.commit(container, args);
    if (script === "set-certificate") this.note(`certificate: ${this.files.get(args[1] ?? "")}`);
    if (script === "smoke") return ok(smokeAnswer(this.answers.get(args[0] ?? "")));
    if (program !== "socat") return ok("");
    return ok(this.#wayIn.process(container)?.tell(stdin) ?? "");
  }

  change(container: string, command: string[], stdin?: string): Promise<ExecResult> {
    const [, , , script, token = "", ...held] = command;
    if (script !== "as-holder") return this.exec(container, command, stdin);
    const stderr = this.#recordOf(container)?.refusal(token);
    if (stderr === undefined) return this.exec(container, held, stdin);
    return Promise.resolve({ exitCode: 76, stdout: "", stderr });
  }

  /** As after a long way: never in the same step, and not at all once it is cut off. */
  async #reach(): Promise<void> {
    await Promise.resolve();
    if (this.#cutOff) throw new Error("cut off");
  }

  #container(name: string): FakeContainer {
    const found = this.containers.get(name);
    if (found === undefined) throw new Error(`no such container: ${name}`);
    return found;
  }

  #recordOf(container: string): FakeRecord | undefined {
    const volume = this.#container(container).mounts?.[FOLDER];
    return volume === undefined ? undefined : this.record(volume);
  }

  #keep(session: FakeSession): FakeSession {
    this.#open.add(session);
    void session.ended.then(() => this.#open.delete(session));
    return session;
  }
}

function ok(stdout: string): Promise<ExecResult> {
  return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
}
