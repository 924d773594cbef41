// One installation at a time for each folder, whoever runs it. A holder refreshes its lock; one that
// was killed loses it after two seconds, one that merely hangs after ten.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import { isRunning } from "../components/hosts/running.ts";
import type { Progress } from "./progress.ts";

const LOCK = ".longshore-toolchain.lock";
const OWNER = ".longshore-toolchain.pid";

export async function withLock<T>(
  folder: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  const release = await acquire(folder, progress);
  const owner = join(folder, OWNER);
  try {
    writeFileSync(owner, `${process.pid}\n`);
    return await work();
  } finally {
    rmSync(owner, { force: true });
    await release();
  }
}

async function acquire(folder: string, progress: Progress): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries++) {
    try {
      return await lockfile.lock(folder, {
        lockfilePath: join(folder, LOCK),
        realpath: false,
        stale: isDead(ownerOf(folder)) ? 2_000 : 10_000,
        update: 1_000,
        onCompromised: (error) => progress.note(`the lock on ${folder} was lost: ${error.message}`),
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ELOCKED") throw error;
    }
    if (tries === 0) {
      progress.note(
        `waiting for another installation in ${folder} (process ${ownerOf(folder) ?? "unknown"})`,
      );
    }
    await sleep(250);
  }
}

function ownerOf(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, OWNER), "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

function isDead(pid: number | undefined): boolean {
  return pid !== undefined && !isRunning(pid);
}
