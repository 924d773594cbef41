// One `up` or `down` at a time for one state folder; a second one waits for the first.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import lockfile from "proper-lockfile";
import { type Progress, WorkbenchError } from "./progress.ts";

/** A lock whose holder was killed is free again after this time. */
const STALE_MS = 10_000;
const PATIENCE_MINUTES = 30;

export async function withLock<T>(
  file: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const once = { lockfilePath: file, stale: STALE_MS, update: 3_000 };
  const release = await lockfile.lock(dirname(file), once).catch(async (error: Error) => {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    progress.note("another run is in progress on this workbench: waiting for it");
    const retries = { retries: PATIENCE_MINUTES * 120, factor: 1, minTimeout: 500 };
    return lockfile.lock(dirname(file), { ...once, retries }).catch((error: Error) => {
      throw new WorkbenchError(
        `${file} is still held after ${PATIENCE_MINUTES} minutes (${error.message}). If no other run is in progress, delete it.`,
      );
    });
  });
  try {
    return await work();
  } finally {
    // The state folder, and the lock in it, may be gone by now.
    await release().catch(() => {});
  }
}
