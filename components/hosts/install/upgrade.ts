/** Whether the engine of a machine is to become another version, and what speaks against it. Pure. */
import type { MachineFacts } from "./facts.ts";
import { PACKAGES, installedEngine } from "./repository.ts";
import type { DockerArgs } from "./types.ts";

/** What install.sh is told of it. */
export interface UpgradePlan {
  VERSION: string;
  PACKAGES: string;
  /** The version that is there: it is put back if the new one does not work. */
  BEFORE: string;
}

/** Undefined if the machine has the wanted version, or no engine yet. */
export function planUpgrade(facts: MachineFacts, { version }: DockerArgs): UpgradePlan | undefined {
  const installed = installedEngine(facts);
  if (version === undefined || installed === undefined || installed.version === version) {
    return undefined;
  }
  const names = PACKAGES[installed.from];
  return { VERSION: version, PACKAGES: names.join(" "), BEFORE: installed.version };
}

/** What speaks against the wanted version on this machine; all of it. */
export function upgradeRefusals(facts: MachineFacts, args: DockerArgs): string[] {
  const { version, downgrade = false, settings } = args;
  const { hasEngine, containers, liveRestore, wanted } = facts;
  if (version === undefined || !hasEngine) return [];
  const installed = installedEngine(facts);
  if (installed === undefined) {
    return [
      `it has Docker ${facts.engine ?? ""} that is neither docker.io nor docker-ce, and \`docker.version\` is ${version}: ` +
        "what was installed another way is upgraded that way. Do that by hand, with the host drained, and leave `version` out",
    ];
  }
  if (installed.version === version) return [];
  const refusals: string[] = [];
  if (wanted === "older" && !downgrade) {
    refusals.push(
      `it has ${installed.name} ${installed.version}, and \`docker.version\` is ${version}, which is older: an engine may not ` +
        "read what a newer one wrote. Set `docker.downgrade: true` to have it all the same",
    );
  }
  const goesOn = settings?.["live-restore"] ?? liveRestore;
  if (containers > 0 && goesOn !== true) {
    refusals.push(
      `an upgrade to ${version} restarts the engine, which would stop its ${containers} containers. ` +
        'Set `"live-restore": true` in `docker.settings`: they then go on; or stop them first',
    );
  }
  return refusals;
}
