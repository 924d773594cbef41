// The named BuildKit builder. Where the hub can be reached buildx starts BuildKit in a container;
// where not, buildkitd runs as a process and takes base images from the loopback registry. Either
// way buildx reads of it in a folder of ours; the user's ~/.docker is never written.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { accepts } from "../http.ts";
import { systemPath } from "./packages.ts";
import type { Paths } from "../paths.ts";
import {
  findOwn,
  isAlive,
  lastLines,
  type ProcessIdentity,
  startDaemon,
  stopProcess,
  waitUntilReady,
} from "../processes.ts";
import { WorkbenchError } from "../progress.ts";
import { type State, writeState } from "../state.ts";

export const builderName = (id: string) => `longshore-${id}`;

/** How large the build cache may grow before BuildKit prunes it. */
const CACHE_LIMIT = "10GB";

export interface BuildkitSettings {
  root: string;
  socket: string;
  cgroup: string;
  /** e.g. `127.0.0.1:5055`. */
  registry: string;
  group?: number;
}

/** buildkitd.toml for a BuildKit that cannot reach the hub. */
export function buildkitToml(settings: BuildkitSettings): string {
  const { root, socket, cgroup, registry } = settings;
  return [
    `root = ${JSON.stringify(root)}`,
    "[grpc]",
    `  address = [${JSON.stringify(`unix://${socket}`)}]`,
    ...(settings.group === undefined ? [] : [`  gid = ${settings.group}`]),
    "[otel]",
    // The default is shared by every BuildKit of the machine.
    // In a folder of its own, since BuildKit lets everybody use it.
    `  socketPath = ${JSON.stringify(join(dirname(socket), "otel", "buildkit.sock"))}`,
    "[worker.containerd]",
    "  enabled = false",
    "[worker.oci]",
    "  enabled = true",
    '  binary = "runc"',
    "  gc = true",
    `  maxUsedSpace = ${JSON.stringify(CACHE_LIMIT)}`,
    // The default is a fifth of the disk: on a fuller one, layers would go between test and release.
    '  minFreeSpace = "2GB"',
    `  defaultCgroupParent = ${JSON.stringify(cgroup)}`,
    '[registry."docker.io"]',
    `  mirrors = [${JSON.stringify(registry)}]`,
    `[registry.${JSON.stringify(registry)}]`,
    "  http = true",
    "",
  ].join("\n");
}

/** What `buildx create` would write: one node, reached over a socket or kept in a container. */
export function builderInstance(
  name: string,
  endpoint: string,
  driver: "remote" | "docker-container",
) {
  return {
    Name: name,
    Driver: driver,
    Nodes: [
      {
        Name: `${name}0`,
        Endpoint: endpoint,
        Platforms: null,
        // The builder pushes to the registry on the host's loopback address.
        DriverOpts: driver === "docker-container" ? { network: "host" } : null,
        Flags: null,
        Files: null,
      },
    ],
    Dynamic: false,
  };
}

export function writeBuilderInstance(
  paths: Paths,
  endpoint: string,
  driver: "remote" | "docker-container",
): string {
  const name = builderName(paths.id);
  const folder = join(paths.buildxConfig, "instances");
  mkdirSync(folder, { recursive: true });
  const instance = builderInstance(name, endpoint, driver);
  writeFileSync(join(folder, name), JSON.stringify(instance, null, 2) + "\n");
  return name;
}

export async function ensureBuildkit(
  paths: Paths,
  state: State,
  options: { binary: string; registry: string; group?: number },
): Promise<void> {
  const known = state.builder;
  const config = join(paths.runtime, "buildkitd.toml");
  const cgroup = `/longshore-${paths.id}/build`;
  const { registry, group } = options;
  const settings = { socket: paths.builderSocket, cgroup, registry, group };
  const wanted = known?.cache && buildkitToml({ ...settings, root: known.cache });
  const same = existsSync(config) && readFileSync(config, "utf8") === wanted;
  if (same && isAlive(known?.process) && (await accepts(paths.builderSocket))) return;
  await stopProcess(known?.process);
  for (const found of findOwn(paths.runtime)) {
    if (found.program === "buildkitd") await stopProcess(found);
  }

  mkdirSync(paths.runtime, { recursive: true, mode: 0o755 });
  const root = known?.cache ?? chooseCache(join(paths.cache, "buildkit"), paths.runtime);
  writeFileSync(config, buildkitToml({ ...settings, root }));
  const log = join(paths.logs, "buildkitd.log");
  // The second is where versions before had what is in a folder of its own now.
  for (const socket of [paths.builderSocket, `${paths.builderSocket}.otel`]) {
    rmSync(socket, { force: true });
  }
  mkdirSync(join(paths.runtime, "otel"), { recursive: true, mode: 0o700 });
  const process = await startDaemon({
    command: options.binary,
    args: ["--config", config],
    log,
    env: { PATH: systemPath() },
  });
  state.builder = { process, cache: root };
  writeState(paths.stateFile, state);
  writeFileSync(join(root, "longshore-owner.json"), JSON.stringify(process));
  const outcome = await waitUntilReady(process, () => accepts(paths.builderSocket), 30_000);
  if (outcome === "ready") return;
  await stopProcess(process);
  throw new WorkbenchError(
    `BuildKit cannot be started (${outcome}).\n${lastLines(log)}\nMend what the log names; if its cache is damaged, delete ${root}.`,
  );
}

/** The first build cache no other workbench has in use; BuildKit does not share one. */
function chooseCache(folder: string, runtime: string): string {
  for (let number = 0; ; number++) {
    const root = join(folder, String(number));
    mkdirSync(root, { recursive: true });
    const owner = readOwner(join(root, "longshore-owner.json"));
    const own = findOwn(runtime).some((found) => found.pid === owner?.pid);
    if (own || !isAlive(owner)) return root;
  }
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** The container (and its volume) that buildx keeps BuildKit in. */
export async function removeBuilderContainer(paths: Paths, dockerHost: string): Promise<void> {
  const { dockerClient } = await import("../../components/engine/client.ts");
  const docker = dockerClient(dockerHost);
  const name = `buildx_buildkit_${builderName(paths.id)}0`;
  const ignoreMissing = (error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error as Error;
  };
  await docker.getContainer(name).remove({ force: true, v: true }).catch(ignoreMissing);
  await docker.getVolume(`${name}_state`).remove().catch(ignoreMissing);
}
