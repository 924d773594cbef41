/** Brings the upkeep of a machine about by SSH. */
import { readFileSync } from "node:fs";
import { ensureSshFolder } from "../../ssh/options.ts";
import { asRoot, withVariables } from "../as-root.ts";
import type { UpkeepRequest } from "./types.ts";

const script = readFileSync(new URL("./upkeep.sh", import.meta.url), "utf8");

/**
 * Does nothing where all is as wanted; what is not wanted any more ends.
 * @param log gets a line for each step.
 * @throws MachineFailure
 */
export async function keepUp(
  { target, securityUpdates = false, swap = 0 }: UpkeepRequest,
  log: (line: string) => void,
): Promise<void> {
  ensureSshFolder();
  const variables = { UPDATES: securityUpdates ? "1" : "", SWAP: swap === 0 ? "" : String(swap) };
  await asRoot(target, withVariables(script, variables), [], log);
}

/** Ends what was brought about. The packages stay. */
export async function endUpkeep({ name, target }: UpkeepRequest): Promise<void> {
  await keepUp({ name, target }, () => {});
}
