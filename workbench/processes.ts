// Background processes told apart by pid and start time, so that a pid that was given to somebody
// else in the meantime is never killed.
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WorkbenchError } from "./progress.ts";

export interface ProcessIdentity {
  pid: number;
  /** Boot id and start time in clock ticks since then. */
  started: string;
}

/** The identity of a running process, or undefined if there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const started = startTime(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (started === undefined) return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { pid, started: `${boot}:${started}` };
  } catch {
    return undefined;
  }
}

/** The start time in a line of /proc/PID/stat; undefined for a zombie. */
export function startTime(stat: string): string | undefined {
  // The name in parentheses may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return fields[19];
}

export function isAlive(identity: ProcessIdentity | undefined): identity is ProcessIdentity {
  return identity !== undefined && identify(identity.pid)?.started === identity.started;
}

export interface DaemonOptions {
  command: string;
  args: string[];
  log: string;
  env?: NodeJS.ProcessEnv;
}

/** Starts a process that outlives this one, its output in a log file. */
export async function startDaemon(options: DaemonOptions): Promise<ProcessIdentity> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, "a");
  try {
    const child = spawn(options.command, options.args, {
      detached: true,
      cwd: "/",
      stdio: ["ignore", log, log],
      env: { ...process.env, ...options.env },
    });
    await new Promise<void>((done, failed) => child.once("spawn", done).once("error", failed));
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) {
      throw new WorkbenchError(`${options.command} ended at once.\n${lastLines(options.log)}`);
    }
    return identity;
  } finally {
    closeSync(log);
  }
}

/** Waits until `ready` says so; false if the process ended or the time is over. */
export async function waitUntilReady(
  identity: ProcessIdentity,
  ready: () => Promise<boolean>,
  timeoutMs: number,
): Promise<"ready" | "ended" | "timeout"> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (await ready()) return "ready";
    if (!isAlive(identity)) return "ended";
    await sleep(50);
  }
  return "timeout";
}

/** SIGTERM, then SIGKILL after `graceMs`. Signals nothing but that very process. */
export async function stopProcess(
  identity: ProcessIdentity | undefined,
  graceMs = 15_000,
): Promise<void> {
  for (const [signal, patience] of [["SIGTERM", graceMs] as const, ["SIGKILL", 5_000] as const]) {
    if (!isAlive(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return;
      throw error;
    }
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!isAlive(identity)) return;
      await sleep(50);
    }
  }
}

export interface RunningProcess extends ProcessIdentity {
  /** File name of the program, e.g. `dockerd`. */
  program: string;
  args: string[];
  /** Its network namespace, e.g. `net:[4026531840]`. */
  network: string;
}

/** All processes whose program has one of these names. */
export function findPrograms(programs: readonly string[]): RunningProcess[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
      const program = basename(args[0] ?? "");
      if (!programs.includes(program)) return [];
      const identity = identify(pid);
      const network = readlinkSync(`/proc/${pid}/ns/net`);
      return identity === undefined ? [] : [{ ...identity, program, args, network }];
    } catch {
      return [];
    }
  });
}

/** What the workbench starts or what those start in turn. */
export const OUR_PROGRAMS = [
  "haproxy",
  "dockerd",
  "containerd",
  "containerd-shim",
  "containerd-shim-runc-v2",
  "docker-proxy",
  "docker-registry",
  "buildkitd",
  "buildkit-runc",
  "runc",
];

/** Processes of one workbench, found by its runtime folder on their command lines. */
export function findOwn(runtime: string): RunningProcess[] {
  return findPrograms(OUR_PROGRAMS).filter((found) => namesFolder(found.args, runtime));
}

export function namesFolder(args: readonly string[], folder: string): boolean {
  return args.some((arg) => {
    const at = arg.indexOf(folder);
    const next = arg[at + folder.length];
    return at >= 0 && (next === undefined || next === "/");
  });
}

/** Engines of others that share our network: they and ours would write the same iptables chains. */
export function otherEngines(runtime: string): RunningProcess[] {
  const network = readlinkSync("/proc/self/ns/net");
  return findPrograms(["dockerd"]).filter(
    (found) => found.network === network && !namesFolder(found.args, runtime),
  );
}

export function lastLines(log: string, count = 15): string {
  if (!existsSync(log)) return `  (${log} does not exist)`;
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-count);
  return [`Last lines of ${log}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}
