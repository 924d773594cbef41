// A small Pulumi project of its own for the tests of images: a program with a `TestedImage` in a git repository,
// with a state, a registry path and an SSH agent that are gone afterwards.
import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type Docker from "dockerode";
import { dockerClient } from "../../components/engine/client.ts";
import { ensureTool, ensureToolchain } from "../../toolchain/index.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { Registry } from "../support/registry.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** What the programs import, before they are copied elsewhere. */
const LIBRARY = "../../components/images/index.ts";
const PREFIX = "longshore-e2e-images-";

export interface Ran {
  exitCode: number;
  /** Standard output and standard error, as they came. */
  all: string;
}

/** One change that a preview announces, e.g. `update app-tag`. */
export type Change = string;

export class ImagesProject {
  readonly folder: string;
  readonly repository: string;
  readonly registry: Registry;
  readonly env: Record<string, string>;
  readonly docker: Docker;
  readonly #program: string;
  readonly #pulumi: string;

  private constructor(
    folder: string,
    registry: Registry,
    env: Record<string, string>,
    docker: Docker,
    program: string,
    cli: string,
  ) {
    this.folder = folder;
    this.registry = registry;
    this.repository = `longshore-e2e/${folder.split("-").at(-1)!.toLowerCase()}/app`;
    this.env = env;
    this.docker = docker;
    this.#program = program;
    this.#pulumi = cli;
  }

  /** @param program the file beside this one that it runs. */
  static async create(program = "images-program.ts"): Promise<ImagesProject> {
    for (const entry of readdirSync(tmpdir())) {
      if (entry.startsWith(PREFIX)) rmSync(join(tmpdir(), entry), { recursive: true, force: true });
    }
    const toolchain = await ensureToolchain();
    const workbench = await workbenchUp();
    const folder = mkdtempSync(join(tmpdir(), PREFIX));
    const state = join(folder, "state");
    mkdirSync(state);
    const project = new ImagesProject(
      folder,
      new Registry(workbench.registry),
      {
        ...toolchain.env,
        ...workbench.env,
        PATH: [dirname(process.execPath), toolchain.env.PATH ?? process.env.PATH].join(":"),
        LONGSHORE_BUILDX: await ensureTool("buildx"),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
        TEST_BUILDER: workbench.builder,
      },
      dockerClient(workbench.dockerHost),
      program,
      toolchain.pulumi,
    );
    project.env.TEST_REPOSITORY = `${workbench.registry}/${project.repository}`;
    await project.clone("one", { fresh: true });
    await project.pulumi(["stack", "init", "test"]);
    return project;
  }

  /** The clone that is worked in. */
  get home(): string {
    return join(this.folder, "one");
  }

  write(files: Record<string, string>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.home, path)), { recursive: true });
      writeFileSync(join(this.home, path), content);
    }
  }

  async git(...args: string[]): Promise<string> {
    const who = ["-c", "user.name=e2e", "-c", "user.email=e2e@longshore.invalid"];
    return (await execa("git", [...who, ...args], { cwd: this.home })).stdout;
  }

  /** Commits all there is; the commit as tags abbreviate it. */
  async commit(message: string): Promise<string> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return (await this.git("rev-parse", "HEAD")).slice(0, 12);
  }

  /** Another clone of the same commits, on the same state. */
  async clone(name: string, options: { fresh?: boolean } = {}): Promise<string> {
    const folder = join(this.folder, name);
    if (options.fresh) {
      mkdirSync(folder);
      writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
      writeFileSync(join(folder, ".gitignore"), ".longshore/\nnode_modules\n");
      const library = pathToFileURL(join(ROOT, "components/images/index.ts")).href;
      const program = readFileSync(join(ROOT, "test/e2e", this.#program), "utf8");
      writeFileSync(join(folder, "index.ts"), program.replace(LIBRARY, library));
      await execa("git", ["init", "--quiet"], { cwd: folder });
    } else {
      await execa("git", ["clone", "--quiet", this.home, folder]);
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    return folder;
  }

  /** `pulumi up`; `fails` if it must. */
  up(options: RunOptions & { args?: string[] } = {}): Promise<Ran> {
    const args = ["up", "--yes", "--skip-preview", "--non-interactive", ...(options.args ?? [])];
    return this.pulumi(args, options);
  }

  /** What a preview announces; empty if nothing changes. */
  async preview(options: RunOptions = {}): Promise<Change[]> {
    const { all } = await this.pulumi(["preview", "--json", "--non-interactive"], options);
    const { steps } = JSON.parse(all) as { steps: { op: string; urn: string }[] };
    return steps
      .filter((step) => step.op !== "same")
      .map((step) => `${step.op} ${step.urn.split("::").at(-1)}`)
      .sort();
  }

  async outputs(): Promise<{ ref: string; tag: string; digest: string; pinned?: string }> {
    const { all } = await this.pulumi(["stack", "output", "--json"]);
    return JSON.parse(all) as { ref: string; tag: string; digest: string; pinned?: string };
  }

  /** The stack's state as it is stored. */
  readState(): string {
    const folder = join(this.folder, "state", ".pulumi", "stacks");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return readFileSync(
      join(
        folder,
        files.find((file) => file.endsWith("test.json"))!,
      ),
      "utf8",
    );
  }

  async pulumi(args: string[], options: RunOptions = {}): Promise<Ran> {
    const { umask, env = {}, folder = this.home, fails = false } = options;
    const command = umask
      ? ["sh", "-c", `umask ${umask}; exec "$0" "$@"`, this.#pulumi]
      : [this.#pulumi];
    const stack = args[1] === "init" ? [] : ["--stack", "test"];
    const result = await execa(command[0]!, [...command.slice(1), ...args, ...stack], {
      cwd: folder,
      env: { ...this.env, ...env },
      all: true,
      reject: false,
      stdin: "ignore",
    });
    const ran = {
      exitCode: result.exitCode ?? -1,
      all: args.includes("--json") ? result.stdout : result.all,
    };
    if ((ran.exitCode !== 0) !== fails) {
      const wanted = fails ? "succeeded but must fail" : `failed (${ran.exitCode})`;
      throw new Error(`pulumi ${args.join(" ")} ${wanted}:\n${result.all}`);
    }
    return ran;
  }

  async remove(): Promise<void> {
    try {
      await this.pulumi(["destroy", "--yes", "--skip-preview", "--non-interactive"]);
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

export interface RunOptions {
  fails?: boolean;
  umask?: string;
  env?: Record<string, string>;
  /** The clone to run in. @default the one that is worked in */
  folder?: string;
}

const PROJECT = `name: images
main: index.ts
runtime:
  name: nodejs
  options:
    typescript: false
`;
