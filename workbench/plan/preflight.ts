// Looks for room before anything is started: a full disk in the middle of a build says less clearly
// what is wrong than a sentence at its beginning.
import { existsSync, readFileSync, statSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { WorkbenchError } from "../progress.ts";

export interface Need {
  folder: string;
  purpose: string;
  gigabytes: number;
}

export interface Room {
  /** Names the filesystem: needs on the same one add up. */
  filesystem: string;
  freeBytes: number;
}

const GIB = 1024 ** 3;
const MEMORY_GIGABYTES = 1;

/** What is missing, one line a filesystem; empty if there is room. */
export function shortages(needs: readonly Need[], roomOf: (folder: string) => Room): string[] {
  const wanted = new Map<string, { room: Room; needs: Need[] }>();
  for (const need of needs) {
    const room = roomOf(need.folder);
    const entry = wanted.get(room.filesystem) ?? { room, needs: [] };
    entry.needs.push(need);
    wanted.set(room.filesystem, entry);
  }
  return [...wanted.values()].flatMap(({ room, needs: all }) => {
    const total = all.reduce((sum, need) => sum + need.gigabytes, 0);
    if (room.freeBytes >= total * GIB) return [];
    const folders = all.map((need) => `${need.folder} (${need.purpose})`).join(" and ");
    const free = (room.freeBytes / GIB).toFixed(1);
    return [
      `The disk is nearly full: about ${total} GB are needed in ${folders}, ${free} GB are free.`,
    ];
  });
}

/** Gigabytes of memory that can be had, from /proc/meminfo's text. */
export function availableMemory(meminfo: string): number | undefined {
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return found === undefined ? undefined : (Number(found) * 1024) / GIB;
}

export function preflight(needs: readonly Need[]): void {
  const problems = shortages(needs, roomOnDisk).map(
    (line) =>
      `${line} Free some space, or set LONGSHORE_STATE and LONGSHORE_CACHE to another disk.`,
  );
  const memory = existsSync("/proc/meminfo")
    ? availableMemory(readFileSync("/proc/meminfo", "utf8"))
    : undefined;
  if (memory !== undefined && memory < MEMORY_GIGABYTES) {
    problems.push(
      `Memory is short: about ${MEMORY_GIGABYTES} GB is needed, ${memory.toFixed(1)} GB is available. Close something large.`,
    );
  }
  if (problems.length > 0) throw new WorkbenchError(problems.join("\n"));
}

function roomOnDisk(folder: string): Room {
  const existing = nearest(folder);
  const { bavail, bsize } = statfsSync(existing);
  return { filesystem: String(statSync(existing).dev), freeBytes: bavail * bsize };
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
