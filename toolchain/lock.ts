// One installation at a time for each folder, whoever runs it. A holder refreshes its lock; one that
// was killed loses it after five seconds.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lockfile from "proper-lockfile";
import type { Progress } from "./progress.ts";

const LOCK = ".longshore-toolchain.lock";
/** Only for the message to those who wait. */
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
        stale: 5_000,
        update: 1_000,
        onCompromised: (error) => progress.note(`the lock on ${folder} was lost: ${error.message}`),
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ELOCKED") throw error;
    }
    if (tries === 0) {
      progress.note(`waiting for another installation in ${folder} (${ownerOf(folder)})`);
    }
    await sleep(250);
  }
}

function ownerOf(folder: string): string {
  try {
    return `process ${readFileSync(join(folder, OWNER), "utf8").trim()}`;
  } catch {
    return "of an unknown process";
  }
}
