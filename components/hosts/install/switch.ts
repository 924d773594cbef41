/** Another storage driver for an engine that has images and containers, see switch.sh. */
import { readFileSync } from "node:fs";
import type { SshTarget } from "../../ssh/target.ts";
import { asRoot, withVariables } from "../as-root.ts";
import type { StorageSwitch } from "./switch-pairs.ts";

const script = readFileSync(new URL("./switch.sh", import.meta.url), "utf8");

/**
 * @param settings the whole of the new daemon.json.
 * @param log gets a line for each step.
 * @throws MachineFailure
 */
export async function switchStorage(
  target: SshTarget,
  { from, to }: StorageSwitch,
  settings: string,
  log: (line: string) => void,
): Promise<void> {
  const variables = { FROM: from, TO: to, SETTINGS: settings };
  await asRoot(target, withVariables(script, variables), [], log);
}

/** Ends a switch that was cut off: what was there before is back, or the rest of it is done. */
export async function recoverSwitch(target: SshTarget, log: (line: string) => void): Promise<void> {
  await asRoot(target, withVariables(script, { RECOVER: "1" }), [], log);
}
