/** Whether processes run, for locks and folders that name their owner. */
import { readFileSync } from "node:fs";

/** Whether a process runs; one that ended and was not waited for (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true; // no /proc here, or not ours to read
  }
}
