// The Docker engine: one that answers is used as it is; otherwise Debian's dockerd is started by
// hand, with folders, a bridge, an address range and a cgroup of its own.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersOk } from "../http.ts";
import {
  bridgeName,
  choosePool,
  ensureBridge,
  enginesWithRules,
  ensureRulesBeside,
  firewallBefore,
  takenRanges,
} from "./network.ts";
import { systemPath } from "./packages.ts";
import type { Paths } from "../paths.ts";
import {
  findOwn,
  isAlive,
  lastLines,
  startDaemon,
  stopProcess,
  waitUntilReady,
} from "../processes.ts";
import { WorkbenchError } from "../progress.ts";
import { type State, writeState } from "../state.ts";

export interface DaemonSettings {
  paths: Pick<Paths, "id" | "state" | "runtime" | "engineSocket">;
  firewall: "own" | "beside";
  pool: string;
  /** Where images come from when the hub is out of reach, e.g. `http://127.0.0.1:5055`. */
  mirror?: string;
  /** Id of the group that may use the socket; `docker` or root's own if not given. */
  group?: number;
}

/** The whole of dockerd's configuration; a daemon.json of the machine is not read. */
export function daemonJson(settings: DaemonSettings): Record<string, unknown> {
  const { paths, pool } = settings;
  return {
    "data-root": join(paths.state, "docker"),
    "exec-root": join(paths.runtime, "exec"),
    hosts: [`unix://${paths.engineSocket}`],
    ...(settings.group === undefined ? {} : { group: String(settings.group) }),
    bridge: bridgeName(paths.id),
    // The upper half; the bridge itself has the first /24 of the lower one.
    "default-address-pools": [{ base: `${pool}.128.0/17`, size: 24 }],
    "cgroup-parent": `/longshore-${paths.id}`,
    "live-restore": true,
    // Ours has no slices: systemd's driver, the default on some machines, would want one.
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
    // Beside another engine iptables is not ours to write, so that ports are published by a process.
    iptables: settings.firewall === "own",
    "userland-proxy": settings.firewall === "beside",
    "log-driver": "json-file",
    "log-opts": { "max-size": "10m", "max-file": "3" },
    ...(settings.mirror === undefined ? {} : { "registry-mirrors": [settings.mirror] }),
    // Would be written to /etc/docker otherwise.
    "deprecated-key-path": join(paths.state, "docker-key.json"),
  };
}

/** The engine this workbench starts, running and answering. */
export async function ensureEngine(
  paths: Paths,
  state: State,
  options: { mirror?: string; group?: number },
): Promise<void> {
  const host = `unix://${paths.engineSocket}`;
  const known = state.engine;
  if (isAlive(known?.process) && (await answersOk(host, "/_ping"))) return;
  await stopProcess(known?.process);
  // Also one that a killed `up` started and could not note down; its containers live on.
  for (const program of ["dockerd", "containerd"]) {
    for (const found of findOwn(paths.runtime)) {
      if (found.program === program) await stopProcess(found);
    }
  }

  // Published ports of containers that live on depend on it, so it is decided once.
  const firewall = known?.firewall ?? (enginesWithRules(paths.runtime) ? "beside" : "own");
  const pool = known?.pool ?? choosePool(paths.id, await takenRanges());
  const before = known?.before ?? (firewall === "own" ? await firewallBefore() : undefined);
  state.engine = { origin: "started", firewall, pool, before };
  writeState(paths.stateFile, state);

  mkdirSync(paths.runtime, { recursive: true, mode: 0o755 });
  // Both would take a pid of before a crash for their own, even a zombie's.
  for (const stale of ["docker.pid", "exec/containerd/containerd.pid"]) {
    rmSync(join(paths.runtime, stale), { force: true });
  }
  await ensureBridge(paths.id, pool);
  if (firewall === "beside") await ensureRulesBeside(paths.id, pool);
  const config = join(paths.state, "daemon.json");
  const settings = daemonJson({ paths, firewall, pool, ...options });
  writeFileSync(config, JSON.stringify(settings, null, 2) + "\n");

  const log = join(paths.logs, "dockerd.log");
  const dockerd = await startDaemon({
    command: "dockerd",
    args: ["--config-file", config, "--pidfile", join(paths.runtime, "docker.pid")],
    log,
    env: { PATH: systemPath(), DOCKER_HOST: undefined, DOCKER_RAMDISK: undefined },
  }).catch((error: unknown) => {
    if (!(error instanceof WorkbenchError)) throw error;
    throw new WorkbenchError(explainFailure("ended", lastLines(log))); // before anybody saw it run
  });
  state.engine.process = dockerd;
  writeState(paths.stateFile, state);

  const outcome = await waitUntilReady(dockerd, () => answersOk(host, "/_ping"), 60_000);
  if (outcome !== "ready") {
    await stopProcess(dockerd);
    throw new WorkbenchError(explainFailure(outcome, lastLines(log)));
  }
}

/** Known reasons why dockerd does not start, by what it writes before it gives up. */
const CAUSES: [pattern: RegExp, fix: string][] = [
  [
    /no space left on device/i,
    "The disk is full: free some space (`df -h`), then run the command again.",
  ],
  [
    /iptables.*(not permitted|permission denied|failed to initialize)|operation not permitted/i,
    "This machine does not let dockerd set up its network (NET_ADMIN is missing). In a container, run it with --privileged, or use the host's engine through DOCKER_HOST.",
  ],
  [
    /cgroup/i,
    "cgroups are not mounted or not writable. In a container, run it with --privileged, or use the host's engine through DOCKER_HOST.",
  ],
  [
    /error initializing graphdriver|driver not supported/i,
    "No storage driver works on the state folder's filesystem. Set LONGSHORE_STATE to a folder on ext4 or xfs.",
  ],
];

export function explainFailure(outcome: "ended" | "timeout", log: string): string {
  const what =
    outcome === "ended"
      ? "The Docker engine cannot be started: dockerd ended at once."
      : "The Docker engine cannot be started: dockerd did not answer within 60 s.";
  const fix =
    CAUSES.find(([pattern]) => pattern.test(log))?.[1] ??
    "Fix what the log names and run the command again, or start an engine yourself and set DOCKER_HOST.";
  return `${what}\n${log}\n${fix}`;
}
