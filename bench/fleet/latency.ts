/** Latency that is added to every SSH connection of every tool alike: by an `ssh` that they find first. */
import { join } from "node:path";
import { execa } from "execa";

const FOLDER = join(import.meta.dirname, "delayed-ssh");

/**
 * @param milliseconds that a round trip takes longer; 0 is none.
 * @param path where programs are looked for.
 * @returns what has to be in a tool's environment.
 */
export async function delayed(milliseconds: number, path: string): Promise<Record<string, string>> {
  if (milliseconds === 0) return { PATH: path };
  const { stdout: ssh } = await execa("sh", ["-c", "command -v ssh"]);
  return {
    PATH: `${FOLDER}:${path}`,
    BENCH_SSH: ssh,
    BENCH_DELAY: `${process.execPath} ${join(FOLDER, "carry.ts")} ${milliseconds}`,
  };
}
