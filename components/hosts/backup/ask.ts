/** What is asked of the backups of one machine, once they are set up there. */
import { MachineFailure, asRoot } from "../as-root.ts";
import { backupId } from "./settings.ts";
import type { BackupRequest } from "./types.ts";

/** What longshore-backup.sh ends with where somebody else is at it. */
const BUSY = 75;

/** Data of a volume at one time. */
export interface Snapshot {
  /** 64 hex digits; the first eight are enough for people. */
  id: string;
  /** ISO 8601. */
  time: string;
  /** The machine that saved it. */
  host: string;
  /** `SERVICE/VOLUME` */
  volume: string;
  /** Folder of the data in it. */
  path: string;
}

export interface BackupFacts {
  /** `active`, or what systemd says else. */
  timer: string;
  /** Whether one is under way. */
  running: boolean;
  /** ISO 8601; undefined: the timer does not run. */
  next: string | undefined;
  /** Why the last one failed. */
  failure: string | undefined;
  /** When one succeeded last, ISO 8601. */
  succeeded: string | undefined;
  /** Whether a restore was cut off, which the next restore or backup brings to its end. */
  cutOff: boolean;
  /** Of the stack, by whichever machine, oldest first. */
  snapshots: Snapshot[];
}

/** Somebody else is at it: another restore, or a release. */
export class BackupBusy extends Error {
  override readonly name = "BackupBusy";
  /** Who has the lock of releases, as lock.sh has it; undefined: another backup or restore. */
  readonly holder: string | undefined;

  constructor(message: string, holder: string | undefined) {
    super(message);
    this.holder = holder;
  }
}

/**
 * Saves all volumes now. One that is under way already is waited for and counts.
 * @throws MachineFailure with why it failed.
 */
export async function backUp(request: BackupRequest): Promise<void> {
  const id = backupId(request);
  const script =
    `systemctl start longshore-backup-${id}.service 2>/dev/null </dev/null && exit 0\n` +
    `cat /var/lib/longshore-backup/${id}/failure >&2 || systemctl status --no-pager longshore-backup-${id}.service >&2\n` +
    "exit 1\n";
  await asRoot(request.target, script);
}

export async function lookAtBackups(request: BackupRequest): Promise<BackupFacts> {
  const facts = new Map(
    (await onMachine(request, ["list"]))
      .split("\n")
      .map((line) => /^(\w+) (.*)$/.exec(line))
      .flatMap((match): [string, string][] => (match ? [[match[1] ?? "", match[2] ?? ""]] : [])),
  );
  return {
    timer: facts.get("timer") ?? "",
    running: facts.get("service") === "activating",
    next: facts.get("next"),
    failure: facts.get("failure")?.trim(),
    succeeded: facts.get("succeeded"),
    cutOff: facts.has("cutoff"),
    snapshots: parseSnapshots(facts.get("snapshots") ?? "[]"),
  };
}

/** As `restic snapshots --json` prints them. */
export function parseSnapshots(json: string): Snapshot[] {
  interface Printed {
    id: string;
    time: string;
    hostname: string;
    paths: string[];
    tags?: string[];
  }
  return ((JSON.parse(json) as Printed[] | null) ?? [])
    .map(({ id, time, hostname, paths, tags = [] }) => ({
      ...{ id, time: new Date(time).toISOString(), host: hostname, path: paths[0] ?? "" },
      volume: tags.find((tag) => tag.startsWith("volume:"))?.slice("volume:".length) ?? "",
    }))
    .sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
}

/**
 * Puts a snapshot in the place of a volume's data: the containers that use it are stopped meanwhile, and have the old data
 * again if they do not run with the new. It goes on when this process or the connection ends.
 * @param holder who restores, as a line of lock.sh.
 * @param wait seconds for a release that is under way.
 * @throws BackupBusy if somebody else is at it; MachineFailure
 */
export async function restore(
  request: BackupRequest,
  { id, path, volume }: Snapshot,
  { holder, wait }: { holder: string; wait: number },
  log: (line: string) => void,
): Promise<void> {
  const args = ["restore", volume, id, path, holder, String(Math.ceil(wait))];
  try {
    await onMachine(request, args, log);
  } catch (error) {
    if (!(error instanceof MachineFailure) || error.exitCode !== BUSY) throw error;
    throw new BackupBusy(error.message, / held (\{.*\})/.exec(error.message)?.[1]);
  }
}

function onMachine(
  request: BackupRequest,
  args: string[],
  log?: (line: string) => void,
): Promise<string> {
  const script = 'exec /usr/local/sbin/longshore-backup "$@" </dev/null\n';
  return asRoot(
    request.target,
    script,
    [`/etc/longshore-backup/${backupId(request)}`, ...args],
    log,
  );
}
