// Takes away what the workbench started, whatever state a crash left it in: by what is remembered,
// and by looking for its folders in processes, mounts and cgroups. Nothing else is touched.
import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { dockerClient } from "../components/engine/client.ts";
import { asRoot } from "./elevate.ts";
import { removeBuilderContainer } from "./parts/builder.ts";
import { answersOk } from "./http.ts";
import {
  enginesWithRules,
  poolOfBridge,
  removeBridges,
  removeRules,
  restoreFirewall,
} from "./parts/network.ts";
import { systemPath } from "./parts/packages.ts";
import type { Paths } from "./paths.ts";
import { findOwn, findPrograms, identify, OUR_PROGRAMS, stopProcess } from "./processes.ts";
import { type Progress, WorkbenchError } from "./progress.ts";
import { removeRegistryContainer } from "./parts/registry.ts";
import type { State } from "./state.ts";

/** What there is to remove, for `status` and for tests. */
export function remains(paths: Paths): {
  processes: string[];
  mounts: string[];
  folders: string[];
} {
  return {
    processes: findOwn(paths.runtime).map(({ program, pid }) => `${program} (${pid})`),
    mounts: ownMounts(readMounts(), [paths.state, paths.runtime]),
    folders: [paths.state, paths.runtime].filter((folder) => existsSync(folder)),
  };
}

export async function tearDown(
  paths: Paths,
  state: State | undefined,
  progress: Progress,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (state?.engine?.origin === "found") await leaveEngine(paths, state, progress);
  if (startedSomething(paths, state)) {
    if (process.getuid?.() !== 0) return asRoot("down", paths, env);
    await progress.step("stopping the engine and its containers", () => stopEngine(paths, state));
    await progress.step("stopping the builder and the registry", () => stopOthers(paths, state));
    await removeLeftovers(paths, state);
  }
  rmSync(paths.state, { recursive: true, force: true });
}

function startedSomething(paths: Paths, state: State | undefined): boolean {
  const known = state?.engine?.process ?? state?.registry?.process ?? state?.builder?.process;
  return known !== undefined || existsSync(paths.runtime) || findOwn(paths.runtime).length > 0;
}

/** Takes our containers off an engine of somebody else, and nothing more. */
async function leaveEngine(paths: Paths, state: State, progress: Progress): Promise<void> {
  const { host } = state.engine ?? {};
  if (host === undefined) return;
  if (await answersOk(host, "/_ping")) {
    await removeBuilderContainer(paths, host);
    await removeRegistryContainer(paths, host, state.registry?.pulledBase);
    return;
  }
  const containers = `label=dev.longshore.workbench=${paths.id}`;
  const left = `what the workbench has there can be removed with \`docker rm --force --volumes $(docker ps -aq --filter ${containers})\``;
  if (state.registry?.container) {
    throw new WorkbenchError(
      `The engine at ${host} does not answer, and the registry is a container on it. Start the engine and run the command again; or, ${left}.`,
    );
  }
  progress.note(`the engine at ${host} does not answer; it is left as it is`);
}

async function stopEngine(paths: Paths, state: State | undefined): Promise<void> {
  const host = `unix://${paths.engineSocket}`;
  // live-restore lets containers outlive dockerd, so they go first, and networks with their rules.
  if (existsSync(paths.engineSocket) && (await answersOk(host, "/_ping"))) await emptyEngine(host);
  const own = () => findOwn(paths.runtime);
  await stopProcess(state?.engine?.process);
  for (const program of ["dockerd", "containerd"]) {
    for (const found of own()) if (found.program === program) await stopProcess(found);
  }
  await killCgroup(paths.id);
  for (const found of own()) {
    if (/^(containerd-shim|docker-proxy|runc)/.test(found.program)) await stopProcess(found, 2_000);
  }
}

/** Removes every container and network of an engine that is ours alone. */
export async function emptyEngine(host: string): Promise<void> {
  const docker = dockerClient(host, 60_000);
  const containers = await docker.listContainers({ all: true });
  await Promise.allSettled(
    containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })),
  );
  const networks = await docker.listNetworks();
  const removable = networks.filter(({ Name }) => !["bridge", "host", "none"].includes(Name));
  await Promise.allSettled(removable.map(({ Id }) => docker.getNetwork(Id).remove()));
}

async function stopOthers(paths: Paths, state: State | undefined): Promise<void> {
  const { builder, registry } = state ?? {};
  const gateway = typeof registry?.gateway === "object" ? registry.gateway : undefined;
  const processes = [builder?.process, gateway, registry?.process];
  await Promise.all(processes.map((process) => stopProcess(process)));
  for (const found of findOwn(paths.runtime)) await stopProcess(found, 5_000);
  await killCgroup(paths.id);
}

async function removeLeftovers(paths: Paths, state: State | undefined): Promise<void> {
  const folders = [paths.state, paths.runtime];
  if (state?.builder?.cache) folders.push(state.builder.cache);
  await unmountAll(folders);
  const pool = state?.engine?.pool ?? (await poolOfBridge(paths.id));
  if (pool !== undefined) {
    const bridges = await removeBridges(paths.id, pool);
    await removeRules(paths.id, pool, bridges);
    if (state?.engine?.firewall !== "beside" && !enginesWithRules(paths.runtime)) {
      await restoreFirewall(state?.engine?.before, paths.runtime);
    }
  }
  removeCgroups(paths.id);
  if (state?.builder?.cache)
    rmSync(join(state.builder.cache, "longshore-owner.json"), { force: true });
  rmSync(paths.runtime, { recursive: true, force: true });
  if (findPrograms(OUR_PROGRAMS).length > 0) return;
  for (const folder of SHARED) if (existsSync(folder)) removeIfEmpty(folder);
}

/** Folders that every engine of a machine uses; the last one to go may take them with it. */
const SHARED = [
  "/run/docker/plugins",
  "/run/docker",
  "/run/containerd/s",
  "/run/containerd",
  "/run/runc",
];

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty: somebody else uses it.
  }
}

async function unmountAll(folders: readonly string[]): Promise<void> {
  for (let round = 0; round < 5; round++) {
    // A folder can be mounted over several times; the deepest and latest goes first.
    const mounts = ownMounts(readMounts(), folders);
    if (mounts.length === 0) return;
    for (const mount of mounts) {
      await execa("umount", ["--lazy", mount], { reject: false, env: { PATH: systemPath() } });
    }
  }
  const left = ownMounts(readMounts(), folders);
  if (left.length === 0) return;
  throw new WorkbenchError(
    `Still mounted: ${left.join(", ")}. Find out who uses them (\`fuser -vm PATH\`), stop that, and run the command again.`,
  );
}

const readMounts = () =>
  existsSync("/proc/self/mounts") ? readFileSync("/proc/self/mounts", "utf8") : "";

/** Mount points at or below the folders, deepest first. */
export function ownMounts(mounts: string, folders: readonly string[]): string[] {
  return mounts
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .map((path) => path.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => fromOctal(octal)))
    .filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
    .sort((one, other) => other.length - one.length);
}

const fromOctal = (octal: string) => String.fromCharCode(Number.parseInt(octal, 8));

/** The folders of our cgroup in every hierarchy, of cgroup v1 or v2. */
function cgroupFolders(id: string): string[] {
  const root = "/sys/fs/cgroup";
  if (!existsSync(root)) return [];
  const name = `longshore-${id}`;
  return [root, ...readdirSync(root).map((entry) => join(root, entry))]
    .map((hierarchy) => join(hierarchy, name))
    .filter((folder) => existsSync(folder));
}

/** Kills every process in our cgroup: containers whose engine or shim was killed before. */
async function killCgroup(id: string): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const pids = new Set(cgroupFolders(id).flatMap((folder) => processesIn(folder)));
    const alive = [...pids].filter((pid) => identify(pid) !== undefined);
    if (alive.length === 0) return;
    for (const pid of alive) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await sleep(50);
  }
}

function processesIn(folder: string): number[] {
  try {
    const pids = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
    const inner = subfolders(folder).flatMap((child) => processesIn(child));
    return [...pids.map(Number), ...inner];
  } catch {
    return [];
  }
}

function removeCgroups(id: string): void {
  const remove = (folder: string) => {
    for (const child of subfolders(folder)) remove(child);
    removeIfEmpty(folder);
  };
  for (const folder of cgroupFolders(id)) remove(folder);
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}
