/** Brings a firewall about on a machine by SSH, and lets nobody be locked out by it. */
import { readFileSync } from "node:fs";
import { MachineFailure, asRoot, withVariables } from "../as-root.ts";
import { loginAnew } from "../login-anew.ts";
import { firewallRules } from "./rules.ts";
import type { FirewallRequest } from "./types.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const program = read("./longshore-firewall.sh");
const installScript = read("./install.sh");

/**
 * Puts the rules in place and logs in anew: only then they stay. Does nothing where they are there.
 * @throws MachineFailure; then the rules are gone again within a minute.
 */
export async function raiseFirewall(
  { name, target, ...args }: FirewallRequest,
  log: (line: string) => void,
): Promise<void> {
  const ssh = target.port ?? 22;
  const rules = { RULES4: firewallRules("v4", args, ssh), RULES6: firewallRules("v6", args, ssh) };
  const run = (DO: string) =>
    asRoot(target, withVariables(installScript, { DO, SCRIPT: program, ...rules }));
  const found = (await run("check")).split("\n");
  const missing = found.flatMap((line) => /^missing (.*)$/.exec(line)?.[1] ?? []);
  if (missing.length > 0) {
    throw new MachineFailure(
      `Host \`${name}\` has no ${missing.join(", ")}: \`apt-get install iptables\` there. Nothing was changed.`,
    );
  }
  if (found.includes("same")) return;
  log(`opening ${[ssh, ...args.ports].join(", ")} to everybody, and nothing else`);
  await run("start");
  const problem = await loginAnew(target);
  if (problem !== undefined) {
    throw new MachineFailure(
      `Host \`${name}\` lets nobody in with these rules (${problem}): they end by themselves within a minute.`,
    );
  }
  await run("keep");
}

/** Takes the rules away. */
export async function removeFirewall({ target }: FirewallRequest): Promise<void> {
  await asRoot(target, withVariables(installScript, { DO: "remove" }));
}
