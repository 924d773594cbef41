/** Whether a process runs; one that ended and was not yet waited for does not. */
import { execFileSync } from "node:child_process";

export function alive(pid: number): boolean {
  try {
    const state = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !state.startsWith("Z");
  } catch {
    return false;
  }
}
