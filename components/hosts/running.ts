/** Whether processes run, for locks and folders that name their owner. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";

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

/** The namespace from which all processes of a machine are seen (`PROC_PID_INIT_INO` of the kernel). */
const ALL_PROCESSES = "pid:[4026531836]";

/**
 * Whether a process of this number may run somewhere on this machine: containers can share its host name,
 * and count their processes by themselves. From inside of one the others are not seen, so that any may run.
 */
export function mayRun(pid: number): boolean {
  if (isRunning(pid)) return true;
  if (!existsSync("/proc/self/ns/pid")) return false; // not Linux: no such containers
  return readlinkSync("/proc/self/ns/pid") !== ALL_PROCESSES || runsInContainer(pid);
}

/** Whether a container has a process that it counts as `pid`. */
function runsInContainer(pid: number): boolean {
  return readdirSync("/proc").some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const numbers = /^NSpid:\s+(.+)$/m.exec(readFileSync(`/proc/${entry}/status`, "utf8"))?.[1];
      const [, ...inside] = (numbers ?? "").split(/\s+/).map(Number);
      return inside.includes(pid);
    } catch {
      return false; // has ended
    }
  });
}
