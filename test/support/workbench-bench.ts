/**
 * Workbenches in state folders of the tests' own, beside whatever workbench or engine is up already, and what a scan of
 * the machine finds of them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { ensureTool } from "../../toolchain/index.ts";
import { remains } from "../../workbench/cleanup.ts";
import { readDistributions } from "../../workbench/plan/facts.ts";
import type { Workbench } from "../../workbench/index.ts";
import { workbenchPaths } from "../../workbench/paths.ts";
import { readState } from "../../workbench/state.ts";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const folder = join(tmpdir(), "longshore-e2e-workbench");
export const canStart =
  process.getuid?.() === 0 &&
  readDistributions("/etc/os-release").some((id) => id === "debian" || id === "ubuntu");

/** Nobody listens there: the hub counts as out of reach, also where it is not. */
const NO_HUB = "http://127.0.0.1:1";

export interface Bench {
  env: Record<string, string>;
  /** Words before the command, e.g. to run it as another user. */
  as: string[];
}

export function bench(name: string, extra: Record<string, string> = {}, as: string[] = []): Bench {
  const state = join(folder, name);
  mkdirSync(state, { recursive: true });
  return { env: { LONGSHORE_STATE: state, LONGSHORE_HUB_URL: NO_HUB, ...extra }, as };
}

export const pathsOf = ({ env }: Bench) => workbenchPaths({ ...process.env, ...env });

export function cli({ env, as }: Bench, ...args: string[]) {
  const [command, ...rest] = [
    ...as,
    process.execPath,
    join(root, "workbench/commands/workbench.ts"),
    ...args,
  ];
  const without = { DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined };
  return execa(command ?? "", rest, { env: { ...without, ...env }, reject: false });
}

export async function up(one: Bench): Promise<Workbench> {
  const result = await cli(one, "up", "--json");
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as Workbench;
}

export async function refusedUp(one: Bench): Promise<string> {
  const result = await cli(one, "up");
  expect(result.exitCode).toBe(1);
  // A refusal is a sentence, not a stack trace.
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result.stderr;
}

export async function down(one: Bench): Promise<void> {
  const result = await cli(one, "down");
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

/** What a scan of the whole machine finds of one workbench. */
export function traces(one: Bench): string[] {
  const paths = pathsOf(one);
  const { processes, mounts, folders } = remains(paths);
  const listing = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(paths.id) || (pool !== "" && line.includes(pool)));
  const pool = pools.get(paths.id) ?? "";
  return [
    ...processes,
    ...mounts,
    ...folders,
    ...listing("ip", "-oneline", "address"),
    ...listing("iptables-save"),
    ...listing("find", "/sys/fs/cgroup", "-type", "d"),
    ...listing("find", "/etc", "/run", "/var/lib", "-newer", join(root, "package.json")),
  ];
}
export const pools = new Map<string, string>();

export function processesOf(one: Bench): number[] {
  const state = readState(pathsOf(one).stateFile);
  const { engine, registry, builder } = state ?? {};
  const gateway = typeof registry?.gateway === "object" ? registry.gateway : undefined;
  const known = [engine?.process, registry?.process, gateway, builder?.process];
  return known.flatMap((process) => (process === undefined ? [] : [process.pid]));
}

/** Runs a program as a user of this computer who has no part in anything. */
export function asNobody(program: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { uid: 65534, gid: 65534 });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Serves "hello" for ever; perl is in every Debian base. */
const SERVER = [
  "perl",
  "-MIO::Socket",
  "-e",
  '$s=IO::Socket::INET->new(LocalPort=>8000,Listen=>9,ReuseAddr=>1) or die; while($c=$s->accept){print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n";close $c}',
];

export async function build(workbench: Workbench, dockerfile: string, args: string[] = []) {
  const context = join(folder, "context");
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const metadata = join(folder, "metadata.json");
  const repository = `${workbench.registry}/hello`;
  const output = ["--output", `type=image,name=${repository}:1,push=true`];
  const buildx = await ensureTool("buildx");
  const result = await execa(
    buildx,
    ["build", "--progress", "plain", "--metadata-file", metadata, ...output, ...args, context],
    { env: workbench.env, all: true },
  );
  const read = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>;
  return { ref: `${repository}@${read["containerimage.digest"]}`, output: result.all };
}

export async function startServer(
  workbench: Workbench,
  image: string,
  port: number,
): Promise<string> {
  const container = await dockerClient(workbench.dockerHost).createContainer({
    Image: image,
    Cmd: SERVER,
    ExposedPorts: { "8000/tcp": {} },
    HostConfig: {
      RestartPolicy: { Name: "unless-stopped" },
      PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  await container.start();
  return container.id;
}

/** The page, tried for five seconds. */
export async function hello(port: number): Promise<string> {
  for (const deadline = Date.now() + 5_000; ;) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((next) => setTimeout(next, 50));
    }
  }
}
