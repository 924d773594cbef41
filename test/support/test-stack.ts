/**
 * A stack of the real program for one test file: a copy of the project that may be edited, a state
 * and ports of its own, on the workbench's engine. `destroy` leaves nothing behind, and so does the
 * next run after a crash.
 */
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { execa } from "execa";
import { stringify } from "yaml";
import { byName } from "../../components/order.ts";
import { SITE_LABEL, siteOf } from "../../components/hosts/simulated/types.ts";
import { dockerClient } from "../../components/engine/client.ts";
import { ensureTool, ensureToolchain } from "../../toolchain/index.ts";
import { writeDockerConfig } from "../../workbench/parts/docker-config.ts";
import { type Credentials, registryCredentials } from "../../workbench/parts/gateway.ts";
import { workbenchPaths } from "../../workbench/paths.ts";
import { removeLabelled } from "../../workbench/labelled.ts";
import { type Workbench, up as workbenchUp } from "../../workbench/index.ts";
import { Update } from "./load/update.ts";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PREFIX = "longshore-e2e-";
const UP = ["up", "--yes", "--skip-preview", "--non-interactive"];

/** What a command printed and how it ended. */
export interface Ran {
  exitCode: number;
  /** Standard output and standard error, as they came. */
  all: string;
}

export class TestStack {
  /** The copy of the project; edit files here. */
  readonly folder: string;
  readonly name: string;
  readonly docker: Docker;
  readonly workbench: Workbench;
  readonly env: Record<string, string>;
  readonly httpPort: number;
  readonly statusPort: number;
  /** The value that must never be seen in plaintext. */
  readonly sessionKey: string;
  readonly #pulumi: string;

  private constructor(
    parts: Pick<TestStack, "folder" | "name" | "workbench" | "env" | "httpPort" | "statusPort">,
    pulumi: string,
  ) {
    this.folder = parts.folder;
    this.name = parts.name;
    this.workbench = parts.workbench;
    this.env = parts.env;
    this.httpPort = parts.httpPort;
    this.statusPort = parts.statusPort;
    this.docker = dockerClient(parts.workbench.dockerHost);
    this.sessionKey = `canary-${randomBytes(16).toString("hex")}`;
    this.#pulumi = pulumi;
  }

  /** The label that all of the stack's resources on the engine carry. */
  get label(): string {
    return `identidock/${this.name}`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get configFile(): string {
    return join(this.folder, ".longshore", `Pulumi.${this.name}.yaml`);
  }

  get backend(): string {
    return join(this.folder, ".longshore", "pulumi");
  }

  /** A copy of the project with an empty stack. `name` must be unique among test files. */
  static async create(name: string): Promise<TestStack> {
    const toolchain = await ensureToolchain();
    const workbench = await workbenchUp();
    await sweep(workbench.dockerHost, name);
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${name}-`));
    await copyProject(folder);
    const backend = join(folder, ".longshore", "pulumi");
    mkdirSync(backend, { recursive: true });
    const env: Record<string, string> = {
      ...toolchain.env,
      ...workbench.env,
      PATH: [dirname(process.execPath), toolchain.env.PATH ?? process.env.PATH].join(":"),
      LONGSHORE_BUILDX: await ensureTool("buildx"),
      NODE_COMPILE_CACHE: join(folder, ".longshore", "node-compile-cache"),
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    };
    // A test of its own watches; the others would all take ten seconds longer for each release.
    env.LONGSHORE_NO_WATCH = "1";
    env.DOCKER_CONFIG = join(folder, ".longshore", "docker");
    writeDockerConfig(env.DOCKER_CONFIG, { [workbench.registry]: ownCredentials() }, {});
    const [httpPort, statusPort] = [await freePort(), await freePort()];
    const stack = new TestStack(
      { folder, name, workbench, env, httpPort, statusPort },
      toolchain.pulumi,
    );
    await stack.#begin();
    return stack;
  }

  /** Lets the stack push to another registry, too; to the workbench's under another address by default. */
  mayPushTo(address: string, credentials: Credentials = ownCredentials()): void {
    const folder = this.env.DOCKER_CONFIG ?? "";
    writeDockerConfig(folder, { [address]: credentials }, { DOCKER_CONFIG: folder });
  }

  /** Another empty stack of the same copy, with ports and a secret of its own. To be destroyed first. */
  async beside(name: string): Promise<TestStack> {
    await sweep(this.workbench.dockerHost, name);
    const { folder, workbench, env } = this;
    const [httpPort, statusPort] = [await freePort(), await freePort()];
    const parts = { folder, name, workbench, env, httpPort, statusPort };
    const stack = new TestStack(parts, this.#pulumi);
    await stack.#begin();
    return stack;
  }

  async #begin(): Promise<void> {
    await this.pulumi(["stack", "init", this.name], { withConfig: false });
    await this.configure({
      httpPort: this.httpPort,
      statusPort: this.statusPort,
      registry: this.workbench.registry,
      builder: this.workbench.builder,
    });
    await this.setSecret("sessionKey", this.sessionKey);
  }

  /** Writes plain configuration. */
  async configure(settings: Record<string, unknown>): Promise<void> {
    if (!existsSync(this.configFile)) writeFileSync(this.configFile, stringify({ config: {} }));
    for (const [key, value] of Object.entries(settings)) {
      await this.pulumi(["config", "set", `identidock:${key}`, String(value)]);
    }
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.pulumi(["config", "set", "--secret", `identidock:${key}`], { input: value });
  }

  /** `pulumi up`; `fails` if it must. */
  async up(options: { fails?: boolean; args?: string[] } = {}): Promise<Ran> {
    return this.pulumi([...UP, ...(options.args ?? [])], { fails: options.fails });
  }

  /** `pulumi up` that is under way. */
  startUp(): Update {
    const args = [...UP, "--stack", this.name, "--config-file", this.configFile];
    return new Update(this.#pulumi, args, { cwd: this.folder, env: this.env });
  }

  async preview(args: string[] = [], options: { fails?: boolean } = {}): Promise<Ran> {
    return this.pulumi(["preview", "--non-interactive", ...args], options);
  }

  /** The stack's state as it is stored. */
  readState(): string {
    const folder = join(this.backend, ".pulumi", "stacks");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const file = files.find((entry) => entry.endsWith(`${this.name}.json`));
    if (file === undefined) throw new Error(`no state of ${this.name} in ${folder}`);
    return readFileSync(join(folder, file), "utf8");
  }

  /** The log files that Pulumi wrote of this stack's commands. */
  readLogs(): string {
    const folder = join(this.env.PULUMI_HOME ?? "", "logs");
    const own = readdirSync(folder).filter((name) => name.includes(`+identidock+${this.name}-`));
    if (own.length === 0) throw new Error(`no logs of ${this.name} in ${folder}`);
    return own.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  }

  async pulumi(
    args: string[],
    options: { input?: string; fails?: boolean; withConfig?: boolean } = {},
  ): Promise<Ran> {
    const config = options.withConfig === false ? [] : ["--config-file", this.configFile];
    const named = args[1] === "init" ? [] : ["--stack", this.name];
    const result = await execa(this.#pulumi, [...args, ...named, ...config], {
      cwd: this.folder,
      env: this.env,
      all: true,
      reject: false,
      input: options.input ?? "",
    });
    const ran = { exitCode: result.exitCode ?? -1, all: result.all };
    if ((ran.exitCode !== 0) !== (options.fails ?? false)) {
      const wanted = options.fails ? "succeeded but must fail" : `failed (${ran.exitCode})`;
      throw new Error(`pulumi ${args.join(" ")} ${wanted}:\n${ran.all}`);
    }
    return ran;
  }

  /** The stack's containers, running or not, by service. */
  async containers(): Promise<Record<string, { name: string; running: boolean; id: string }[]>> {
    const found = await this.docker.listContainers({
      all: true,
      filters: { label: [`longshore.stack=${this.label}`] },
    });
    const byService: Record<string, { name: string; running: boolean; id: string }[]> = {};
    for (const { Id, Names, State, Labels } of found) {
      const entry = { name: (Names[0] ?? "").slice(1), running: State === "running", id: Id };
      (byService[Labels["longshore.service"] ?? "?"] ??= []).push(entry);
    }
    for (const list of Object.values(byService)) list.sort((x, y) => byName(x.name, y.name));
    return byService;
  }

  /** `pulumi destroy`, which must leave nothing on the engine; then the folder goes. */
  async destroy(): Promise<void> {
    await this.pulumi(["cancel", "--yes"], { withConfig: false }).catch(() => undefined);
    await this.pulumi(["state", "unprotect", "--all", "--yes"], { withConfig: false }).catch(
      () => undefined, // no volume was ever made
    );
    try {
      await this.pulumi(["destroy", "--yes", "--skip-preview", "--non-interactive"]);
    } catch (error) {
      await sweep(this.workbench.dockerHost, this.name);
      throw error;
    }
    const left = await sweep(this.workbench.dockerHost, this.name);
    if (left.length > 0) throw new Error(`pulumi destroy left: ${left.join(", ")}`);
  }
}

/**
 * Copies the project's files as they are in the working tree, as a repository with nothing to commit.
 * @param options.packages also lends the copy this project's npm packages.
 */
export async function copyProject(
  folder: string,
  options: { packages: boolean } = { packages: true },
): Promise<void> {
  await execa("git", ["clone", "--quiet", "--no-hardlinks", ROOT, folder]);
  const changed = await execa("git", ["ls-files", "-z", "-mo", "--exclude-standard"], {
    cwd: ROOT,
  });
  for (const file of changed.stdout.split("\0").filter(Boolean)) {
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(folder, file));
    else rmSync(join(folder, file), { force: true });
  }
  await execa("git", ["add", "--all"], { cwd: folder });
  await commit(folder, "the working tree under test");
  if (!options.packages) return;
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  // .gitignore names a folder, and this is a link.
  writeFileSync(join(folder, ".git/info/exclude"), "node_modules\n");
}

/** Commits everything in the copy. */
export async function commit(folder: string, message: string): Promise<void> {
  const identity = ["-c", "user.name=e2e", "-c", "user.email=e2e@longshore.invalid"];
  await execa("git", [...identity, "commit", "--quiet", "--allow-empty", "-a", "-m", message], {
    cwd: folder,
  });
}

/** Removes what an earlier, crashed run of the same test left on the engine and in the temp folder. */
async function sweep(dockerHost: string, name: string): Promise<string[]> {
  const docker = dockerClient(dockerHost);
  const left = await removeLabelled(docker, `longshore.stack=identidock/${name}`);
  left.push(...(await removeLabelled(docker, `${SITE_LABEL}=${siteOf(`identidock/${name}`)}`)));
  for (const entry of readdirSync(tmpdir())) {
    if (entry.startsWith(`${PREFIX}${name}-`)) {
      rmSync(join(tmpdir(), entry), { recursive: true, force: true });
    }
  }
  return left;
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Of the workbench's registry. */
function ownCredentials(): Credentials {
  return registryCredentials(workbenchPaths());
}
