/**
 * The system under load: proxy, app (2 replicas), a worker that app calls, a counter and a stop-first
 * cache, made with the components of this checkout by a Pulumi project of its own. `destroy` leaves
 * nothing behind, and neither does the next run after a crash.
 */
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Docker from "dockerode";
import { PROXY_PORTS } from "../../../components/fleet/resources/container.ts";
import { planSubnet } from "../../../components/fleet/network/subnet.ts";
import { dockerClient } from "../../../components/engine/client.ts";
import { ensureToolchain } from "../../../toolchain/index.ts";
import { type Workbench, up as workbenchUp } from "../../../workbench/index.ts";
import { removeLabelled } from "../../../workbench/labelled.ts";
import { Containers, type FoundContainer } from "./containers.ts";
import { LoadImages } from "./images.ts";
import type { LoadMachines } from "./machines.ts";
import { MixedLoad } from "./mix.ts";
import { type Library, PROJECT, writeProject } from "./project.ts";
import { type Change, SYSTEM_DEFAULTS, type SystemSettings, firstSettings } from "./settings.ts";
import { Update } from "./update.ts";
import { ROOT, freePort } from "../test-stack.ts";

const PREFIX = "longshore-load-";

/** On an engine of its own, which nobody shares addresses with. */
const SUBNET = "10.201.7.0/24";

/** Where the system runs, if not on the workbench's engine. */
export interface OtherEngine {
  dockerHost: string;
  /** What a process must be started with to reach the engine's ports, e.g. `nsenter …`. */
  prefix: string[];
}

export class LoadSystem {
  readonly name: string;
  readonly folder: string;
  /** Host → its engine. */
  readonly engines: Record<string, Docker>;
  /** What it runs on, if that is not an engine of this computer. */
  readonly machines: LoadMachines | undefined;
  readonly images: LoadImages;
  readonly workbench: Workbench;
  readonly env: Record<string, string>;
  readonly #pulumi: string;
  readonly #prefix: string[];
  readonly #containers: Containers;
  #settings: SystemSettings;
  #version = 1;

  private constructor(parts: {
    name: string;
    folder: string;
    images: LoadImages;
    workbench: Workbench;
    env: Record<string, string>;
    pulumi: string;
    prefix: string[];
    settings: SystemSettings;
    machines: LoadMachines | undefined;
  }) {
    this.name = parts.name;
    this.folder = parts.folder;
    this.images = parts.images;
    this.workbench = parts.workbench;
    this.env = parts.env;
    this.#pulumi = parts.pulumi;
    this.#prefix = parts.prefix;
    this.#settings = parts.settings;
    this.machines = parts.machines;
    this.engines = parts.machines?.engines() ?? { local: dockerClient(parts.settings.dockerHost) };
    this.#containers = new Containers(this.engines);
  }

  /** A project with an empty stack. `name` must be unique among what runs at the same time. */
  static async create(
    name: string,
    options: {
      engine?: OtherEngine;
      machines?: LoadMachines;
      drain?: number;
      library?: Library;
    } = {},
  ): Promise<LoadSystem> {
    const { engine, machines, drain = SYSTEM_DEFAULTS.drain } = options;
    const toolchain = await ensureToolchain();
    const workbench = await workbenchUp();
    const dockerHost = engine?.dockerHost ?? workbench.dockerHost;
    await sweep(dockerHost, name);
    const images = new LoadImages(workbench);
    const [ref, proxy] = [await images.app("v1"), await images.proxy()];
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${name}-`));
    writeProject(folder, options.library);
    await machines?.balance(proxy);
    const system = new LoadSystem({
      ...{ name, folder, images, workbench, machines, pulumi: toolchain.pulumi },
      prefix: engine?.prefix ?? [],
      env: {
        ...toolchain.env,
        ...workbench.env,
        DOCKER_HOST: dockerHost,
        PATH: [dirname(process.execPath), toolchain.env.PATH ?? process.env.PATH].join(":"),
        NODE_COMPILE_CACHE: join(folder, "node-compile-cache"),
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      },
      settings: firstSettings({
        ...{ dockerHost, drain, app: ref, proxy, statusPort: await freePort() },
        ...(engine === undefined ? {} : { subnet: SUBNET }),
        ...(machines?.settings() ?? { port: await freePort() }),
      }),
    });
    await system.pulumi(["stack", "init", name]);
    return system;
  }

  get url(): string {
    return `http://127.0.0.1:${this.machines?.port ?? this.#settings.proxy.port}`;
  }

  /** Its port, as keep-ports.sh takes it; known on an engine of its own. */
  get published(): [address: string, port: string] {
    const port = `127.0.0.1:${this.#settings.proxy.port}:${PROXY_PORTS.public}`;
    return [planSubnet(this.#settings.subnet ?? "").proxy, port];
  }

  /** The label that all of the system's resources on the engine carry. */
  get label(): string {
    return `longshore.stack=${PROJECT}/${this.name}`;
  }

  /** The first host's engine. */
  get docker(): Docker {
    return Object.values(this.engines)[0] as Docker;
  }

  get backend(): string {
    return join(this.folder, "state");
  }

  get settings(): Readonly<SystemSettings> {
    return this.#settings;
  }

  /** A version that never was, and its image. */
  async newVersion(): Promise<{ version: string; ref: string }> {
    const version = `v${++this.#version}`;
    return { version, ref: await this.images.app(version) };
  }

  /** An image of the proxy that never was. */
  async newProxy(): Promise<{ ref: string; tag: string }> {
    const tag = `v${++this.#version}`;
    return { tag, ref: await this.images.proxy(tag) };
  }

  /** Changes what the next update wants; returns what was wanted before, to go back to. */
  change(change: Change): Readonly<SystemSettings> {
    const before = this.#settings;
    const { deadline, reserve, commandTakes, commandPrints } = { ...before, ...change };
    this.#settings = {
      ...before,
      ...{ deadline, reserve, commandTakes, commandPrints },
      proxy: { ...before.proxy, ...change.proxy },
      app: { ...before.app, ...change.app },
      dnmonster: { ...before.dnmonster, ...change.dnmonster },
      cache: { ...before.cache, ...change.cache },
      extra: "extra" in change ? change.extra : before.extra,
    };
    return before;
  }

  restore(settings: Readonly<SystemSettings>): void {
    this.#settings = settings;
  }

  /** Begins `pulumi up` with the settings of now. */
  startUp(env: Record<string, string> = {}): Update {
    return this.#start(["up", "--yes", "--skip-preview"], env);
  }

  /** A second deployer of the same stack: another checkout, with a copy of the state as it is now. */
  copy(): LoadSystem {
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${this.name}-`));
    rmSync(folder, { recursive: true });
    cpSync(this.folder, folder, { recursive: true, verbatimSymlinks: true });
    rmSync(join(folder, "state/.pulumi/locks"), { recursive: true, force: true });
    const env = { ...this.env, PULUMI_BACKEND_URL: `file://${join(folder, "state")}` };
    const { name, images, workbench, machines } = this;
    const more = { machines, pulumi: this.#pulumi, prefix: this.#prefix, settings: this.#settings };
    return new LoadSystem({ name, folder, images, workbench, env, ...more });
  }

  /** A deployer with another backend, in which a stack of the same name has just been made. */
  async stranger(): Promise<LoadSystem> {
    const other = this.copy();
    rmSync(other.backend, { recursive: true });
    mkdirSync(other.backend);
    await other.pulumi(["stack", "init", this.name]);
    return other;
  }

  /** Goes on from another deployer's state and settings. */
  adopt(other: LoadSystem): void {
    rmSync(this.backend, { recursive: true });
    cpSync(other.backend, this.backend, { recursive: true });
    this.#settings = other.settings;
  }

  /** `longshore COMMAND`, whole. */
  async longshore(command: "up" | "rollback", ...more: string[]): Promise<Update> {
    const program = ["--disable-warning=ExperimentalWarning", join(ROOT, "components/cli/main.ts")];
    const args = [...program, command, "--stack", this.name, "--yes", ...more];
    const update = this.#run(process.execPath, args);
    const code = await update.exitCode;
    if (code !== 0) throw new Error(`longshore ${command} failed (${code}):\n${update.output}`);
    return update;
  }

  /** `pulumi up`, whole; `fails` if it must. */
  async up(options: { fails?: boolean } = {}): Promise<Update> {
    const update = this.startUp();
    const code = await update.exitCode;
    if ((code !== 0) !== (options.fails ?? false)) {
      const wanted = options.fails ? "succeeded but must fail" : `failed (${code})`;
      throw new Error(`pulumi up ${wanted}:\n${update.output}`);
    }
    return update;
  }

  /** @throws if anything is left to do. */
  async expectNoChanges(): Promise<void> {
    await this.pulumi(["preview", "--expect-no-changes"]);
  }

  async pulumi(args: string[]): Promise<Update> {
    const update = this.#start(args);
    const code = await update.exitCode;
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed (${code}):\n${update.output}`);
    return update;
  }

  /** Mixed load on the system, or on another one on its engine, from where its port can be reached. */
  load(options: Parameters<typeof MixedLoad.start>[1] = {}, url = this.url): Promise<MixedLoad> {
    return MixedLoad.start(url, options, this.#prefix);
  }

  /** The stack's containers, running or not, by service. */
  containers(): Promise<Record<string, FoundContainer[]>> {
    return this.#containers.find(this.label);
  }

  /** One of those that `containers` has found. */
  container(id: string): Docker.Container {
    return this.#containers.get(id);
  }

  /** `pulumi destroy`, which must leave nothing on the engine; then the folder goes. */
  async destroy(): Promise<void> {
    let left: string[];
    try {
      await this.pulumi(["destroy", "--yes", "--skip-preview"]);
    } finally {
      left = await sweep(this.settings.dockerHost, this.name);
    }
    if (left.length > 0) throw new Error(`pulumi destroy left: ${left.join(", ")}`);
  }

  #start(args: string[], env: Record<string, string> = {}): Update {
    const named = args[1] === "init" ? [] : ["--stack", this.name];
    return this.#run(this.#pulumi, [...args, ...named, "--non-interactive"], env);
  }

  /** Runs a command with the settings of now. */
  #run(command: string, args: string[], env: Record<string, string> = {}): Update {
    writeFileSync(join(this.folder, "system.json"), JSON.stringify(this.#settings, null, 2));
    return new Update(command, args, { cwd: this.folder, env: { ...this.env, ...env } });
  }
}

/** Removes what an earlier, crashed run of the same name left on the engine and in the temp folder. */
async function sweep(dockerHost: string, name: string): Promise<string[]> {
  const label = `longshore.stack=${PROJECT}/${name}`;
  const left = await removeLabelled(dockerClient(dockerHost), label);
  for (const entry of readdirSync(tmpdir())) {
    if (entry.startsWith(`${PREFIX}${name}-`)) {
      rmSync(join(tmpdir(), entry), { recursive: true, force: true });
    }
  }
  return left;
}
