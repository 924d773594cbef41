/**
 * The stacks that live on this computer: their folder, keys, configuration copy and environment.
 * The committed Pulumi.local.yaml is a template; commands work on a copy in the state folder, because
 * setting a secret writes into the file.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { type Toolchain, ensureTool, ensureToolchain } from "../../toolchain/index.ts";
import { type Workbench, up } from "../index.ts";
import { leaveOthersOut } from "../own-environment.ts";
import { endOrphans, releaseDeadLocks, removeTornFiles } from "../orphans.ts";

/** The clone's root, where Pulumi.yaml is. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Stacks whose committed file is a template for a copy in the state folder. */
export const LOCAL_STACKS = ["local", "simulation"];

/** Where this clone keeps what is not committed. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.LONGSHORE_STATE ?? join(ROOT, ".longshore"));
}

/** A stack on this computer that is ready for Pulumi's commands. */
export interface LocalStack {
  name: string;
  toolchain: Toolchain;
  workbench: Workbench;
  /** The configuration that commands read and write. */
  configFile: string;
  /** Environment of Pulumi's commands. */
  env: Record<string, string>;
}

/**
 * Makes the toolchain, the workbench and the stack ready; quick if they are.
 * @param settings configuration to set, by key without namespace; `hosts.count` is a property of `hosts`.
 */
export async function openLocalStack(
  name: string,
  settings: Record<string, string | number> = {},
): Promise<LocalStack> {
  leaveOthersOut(process.env);
  const toolchain = await ensureToolchain();
  const workbench = await up();
  const state = stateFolder();
  const env = {
    ...toolchain.env,
    ...workbench.env,
    ...pulumiEnv(state),
    // The program runs on the Node.js that runs this, whatever else is installed.
    PATH: [dirname(process.execPath), toolchain.env.PATH ?? process.env.PATH].join(":"),
    // Reads what a failed test printed, see components/images.
    LONGSHORE_BUILDX: await ensureTool("buildx"),
    NODE_COMPILE_CACHE: join(state, "node-compile-cache"),
  };
  const configFile = join(state, `Pulumi.${name}.yaml`);
  const stack = { name, toolchain, workbench, configFile, env };
  await createStack(stack, state);
  await writeConfig(stack, {
    registry: workbench.registry,
    builder: workbench.builder,
    ...(name === "simulation" ? { "hosts.identityFile": await machineKey(state) } : {}),
    ...settings,
  });
  await clearAfterKill(name);
  return stack;
}

/** Clears what a Pulumi that was killed in this clone left: its lock, torn files and its plugins. */
export async function clearAfterKill(name: string): Promise<void> {
  const backend = join(stateFolder(), "pulumi");
  for (const pid of releaseDeadLocks(backend, name)) {
    process.stderr.write(`the last update (process ${pid}) was killed: going on from there\n`);
  }
  removeTornFiles(backend, name);
  await endOrphans(`file://${backend}`);
}

/** Whether the stack was ever created here. */
export function stackExists(name: string): boolean {
  const stacks = join(stateFolder(), "pulumi", ".pulumi", "stacks");
  if (!existsSync(stacks)) return false;
  return readdirSync(stacks).some((project) => existsSync(join(stacks, project, `${name}.json`)));
}

/** Runs one of Pulumi's commands on the stack, with the terminal's input and output. */
export async function runPulumi(stack: LocalStack, args: string[]): Promise<number> {
  const result = await execa(stack.toolchain.pulumi, args, {
    cwd: ROOT,
    env: stack.env,
    stdio: "inherit",
    reject: false,
  });
  return result.exitCode ?? (result.signal === "SIGINT" ? 130 : 1);
}

/** State in the clone's own folder, encrypted with a key that was made here. */
function pulumiEnv(state: string): Record<string, string> {
  const backend = join(state, "pulumi");
  const passphrase = join(state, "passphrase");
  mkdirSync(backend, { recursive: true, mode: 0o700 });
  if (!existsSync(passphrase)) writeSecretFile(passphrase, randomBytes(32).toString("base64url"));
  return { PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase };
}

/** The key that logs in to simulated machines, made once. @returns the path of its private half. */
async function machineKey(state: string): Promise<string> {
  const path = join(state, "machine-key");
  if (!existsSync(`${path}.pub`)) {
    rmSync(path, { force: true });
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "longshore", "-f", path]);
  }
  return path;
}

function writeSecretFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** `stack init` writes into the project's folder, so it is given a folder of its own. */
async function createStack(stack: LocalStack, state: string): Promise<void> {
  if (stackExists(stack.name)) return;
  const project = join(state, "project");
  mkdirSync(project, { recursive: true });
  copyFileSync(join(ROOT, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
  await execa(stack.toolchain.pulumi, ["stack", "init", stack.name, "--non-interactive"], {
    cwd: project,
    env: stack.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function writeConfig(
  stack: LocalStack,
  settings: Record<string, string | number>,
): Promise<void> {
  if (!existsSync(stack.configFile)) {
    copyFileSync(join(ROOT, `Pulumi.${stack.name}.yaml`), stack.configFile);
  }
  const before = readFileSync(stack.configFile, "utf8");
  const config = parseDocument(before);
  for (const [key, value] of Object.entries(settings)) {
    const path = ["config", ...`identidock:${key}`.split(".")];
    if (config.getIn(path) !== value) config.setIn(path, value);
  }
  const after = config.toString();
  if (after !== before) {
    writeFileSync(`${stack.configFile}.new`, after, { mode: 0o600 });
    renameSync(`${stack.configFile}.new`, stack.configFile);
  }
  if (config.hasIn(["config", "identidock:sessionKey"])) return;
  const args = ["config", "set", "--secret", "sessionKey", "--stack", stack.name];
  await execa(stack.toolchain.pulumi, [...args, "--config-file", stack.configFile], {
    cwd: ROOT,
    env: stack.env,
    input: randomBytes(32).toString("base64url"), // by standard input: arguments can be seen
    stdout: "ignore",
  });
}
