/**
 * Locks of a stack whose state is in a folder (`file://`): who works on it since when, and whether that
 * process still lives. Other backends keep their locks to themselves, and say who holds one in an error.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mayRun } from "../../hosts/running.ts";
import { timeText } from "../table.ts";

/** Who holds a stack's lock. */
export interface Holder {
  file: string;
  pid: number;
  username: string;
  hostname: string;
  /** ISO 8601. */
  timestamp: string;
}

/** Everybody who holds a lock of the stack. */
export function readLocks(backendUrl: string, project: string, stack: string): Holder[] {
  if (!backendUrl.startsWith("file://")) return [];
  const root = backendUrl.startsWith("file://~")
    ? join(process.env.HOME ?? "", backendUrl.slice("file://~".length))
    : fileURLToPath(backendUrl.split("?", 1)[0] ?? "");
  const folder = join(root, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = join(folder, name);
      try {
        return [{ ...(JSON.parse(readFileSync(file, "utf8")) as Holder), file }];
      } catch {
        return []; // given back between the two calls
      }
    });
}

/** `anna on build-7 (process 4711), since 2026-01-02 10:00:00 (3 min)` */
export function describeHolder(holder: Holder, now = new Date()): string {
  const since = new Date(holder.timestamp);
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
  const ago = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const time = timeText(since.toISOString());
  return `${holder.username} on ${holder.hostname} (process ${holder.pid}), since ${time} UTC (${ago})`;
}

/**
 * Whether a lock's process was one of this computer and no longer lives. Where that cannot be seen it is
 * taken for alive.
 */
export function isDead(holder: Holder, isAlive: (pid: number) => boolean = mayRun): boolean {
  return holder.hostname === hostname() && !isAlive(holder.pid);
}

/** Takes over the locks of processes of this computer that no longer live; returns the others. */
export function takeOverDead(
  holders: Holder[],
  note: (line: string) => void,
  isAlive?: (pid: number) => boolean,
): Holder[] {
  return holders.filter((holder) => {
    if (!isDead(holder, isAlive)) return true;
    rmSync(holder.file, { force: true });
    note(`taking over the lock of ${describeHolder(holder)}: that process no longer runs`);
    return false;
  });
}
