/** Installs Docker on a machine by SSH: looks, decides, does, and looks again. */
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { ensureSshFolder, sshArguments } from "../../ssh/options.ts";
import type { SshTarget } from "../../ssh/target.ts";
import { MachineFailure, asRoot, withVariables } from "../as-root.ts";
import { type InstallPlan, decide, isNothing } from "./decide.ts";
import { type MachineFacts, parseFacts } from "./facts.ts";
import { planRepository } from "./repository.ts";
import { recoverSwitch, switchStorage } from "./switch.ts";
import type { DockerArgs, InstallRequest } from "./types.ts";
import { planUpgrade } from "./upgrade.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const factsScript = read("./facts.sh");
const installScript = read("./install.sh");
const repositoryScript = read("./repository.sh");
const dockerKey = read("./docker-key.asc");

/**
 * Brings Docker about on a machine. Does nothing where it is as wanted.
 * @param log gets a line for each step.
 * @returns the engine's version.
 * @throws MachineFailure
 */
export async function installDocker(
  { name, target, upgrade = false, ...args }: InstallRequest,
  log: (line: string) => void,
): Promise<string> {
  ensureSshFolder();
  let facts = await look(target, args);
  if (facts.switchCutOff) {
    await recoverSwitch(target, log);
    facts = await look(target, args);
  }
  const decision = decide(facts, args, target.user, Date.now() / 1000);
  if ("refusals" in decision) {
    const lines = decision.refusals.map(
      (line) => `Host \`${name}\`: ${line}. Nothing was changed there.`,
    );
    throw new MachineFailure(lines.join("\n"));
  }
  const { notes } = decision;
  let plan = upgrade ? upgradeOnly(facts, args) : decision.plan;
  if (isNothing(plan)) return engineOf(facts, name);
  for (const note of notes) log(note);
  if (plan.VERSION !== "" && args.from === "docker") {
    const repository = planRepository(facts, args, dockerKey);
    await asRoot(target, withVariables(repositoryScript, { ...repository }), [], log);
  }
  if (!upgrade && decision.switch !== undefined) {
    await switchStorage(target, decision.switch, plan.SETTINGS, log);
    plan = { ...plan, SETTINGS: "", APPLY: "", LIVE_RESTORE: "" };
  }
  await asRoot(target, withVariables(installScript, { ...plan }), [], log);
  // Groups are those of the login: the connection that is shared has none of the new ones.
  if (plan.GROUP_USER !== "")
    await execa("ssh", ["-O", "exit", ...sshArguments(target)], { reject: false });
  return engineOf(await look(target, args), name);
}

/** All else was brought about before. */
function upgradeOnly(facts: MachineFacts, args: DockerArgs): InstallPlan {
  const nothing = { VERSION: "", PACKAGES: "", BEFORE: "" };
  const { VERSION, PACKAGES, BEFORE } = planUpgrade(facts, args) ?? nothing;
  return { VERSION, PACKAGES, BEFORE, SETTINGS: "", APPLY: "", LIVE_RESTORE: "", GROUP_USER: "" };
}

function engineOf({ engine }: MachineFacts, name: string): string {
  if (engine !== undefined) return engine;
  throw new MachineFailure(
    `Host \`${name}\`: Docker is installed there, and its engine does not answer. See \`journalctl --unit docker\`.`,
  );
}

async function look(target: SshTarget, { version = "" }: DockerArgs): Promise<MachineFacts> {
  return parseFacts(await asRoot(target, factsScript, [target.user, version]));
}
