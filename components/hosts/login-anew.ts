/** Whether a machine still lets us in. */
import { execa } from "execa";
import { explainFailure } from "../ssh/explain.ts";
import { sshArguments } from "../ssh/options.ts";
import type { SshTarget } from "../ssh/target.ts";

/**
 * By a connection of its own: those that are open are let through by any rules, and stay whatever keys are taken away.
 * @returns undefined, or why it does not let us in within 30 s.
 */
export async function loginAnew(target: SshTarget): Promise<string | undefined> {
  const own = ["-o", "ControlMaster=no", "-o", "ControlPath=none"];
  const args = [...own, ...sshArguments(target, ["true"])];
  const options = { reject: false, env: { LC_ALL: "C" }, stdin: "ignore" } as const;
  const { exitCode, stderr } = await execa("ssh", args, { ...options, timeout: 30_000 });
  return exitCode === 0 ? undefined : explainFailure(target, stderr, exitCode ?? null);
}
