/** The Docker engine of a machine that is reached by SSH: installed where that is wanted, and what reaches it. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../engine/address.ts";
import { programCommand, programResource } from "../program-command.ts";
import { sshOptions } from "../ssh/options.ts";
import { forwardToHere } from "../ssh/remote-forward.ts";
import { type SshTarget, sshUrl } from "../ssh/target.ts";
import type { FirewallArgs, FirewallRequest } from "./firewall/types.ts";
import type { Host } from "./host.ts";
import type { DockerArgs, InstallRequest } from "./install/types.ts";
import type { UpkeepArgs, UpkeepRequest } from "./upkeep/types.ts";

export interface EngineArgs extends UpkeepArgs {
  /** @default Docker is there */
  docker?: DockerArgs;
  /** @default the machine's own */
  firewall?: FirewallArgs;
  /** Ports of this computer's loopback that the machine has while this program runs. @default none */
  remoteForwards?: number[];
}

/** @param name the host's. */
export function declareEngine(
  name: string,
  target: pulumi.Input<SshTarget>,
  { docker: args, firewall, remoteForwards = [], securityUpdates = false, swap }: EngineArgs,
  options: pulumi.CustomResourceOptions,
): Pick<Host, "engine" | "provider"> {
  let reached = pulumi.output(target) as unknown as pulumi.Output<SshTarget>;
  const sshOpts = reached.apply(sshOptions);
  // Nobody speaks to an engine before it is there, and the firewall is up before any container publishes a port.
  if (args !== undefined) {
    const request = reached.apply((to): InstallRequest => ({ name, target: to, ...args }));
    reached = after(reached, prepare(`${name}-docker`, "install", request, options));
  }
  if (args?.version !== undefined)
    reached = after(reached, rollUpgrade(name, reached, args, options));
  if (firewall !== undefined) {
    const request = reached.apply((to): FirewallRequest => ({ name, target: to, ...firewall }));
    reached = after(reached, prepare(`${name}-firewall`, "firewall", request, options, true));
  }
  if (securityUpdates || swap !== undefined) {
    const upkeep = { securityUpdates, ...(swap === undefined ? {} : { swap }) };
    const request = reached.apply((to): UpkeepRequest => ({ name, target: to, ...upkeep }));
    // Nobody waits for it.
    prepare(`${name}-upkeep`, "upkeep", request, options, true);
  }
  reached = reached.apply(async (to) => {
    await open(name, to, remoteForwards);
    return to;
  });
  return {
    engine: reached.apply((ssh): EngineAddress => ({ ssh })),
    provider: new docker.Provider(
      `${name}-engine`,
      { host: reached.apply(sshUrl), sshOpts },
      options,
    ),
  };
}

/** A program that brings the machine a step further. @returns what resolves when it has. */
function prepare(
  name: string,
  program: "install" | "firewall" | "upkeep",
  request: pulumi.Output<InstallRequest | FirewallRequest | UpkeepRequest>,
  options: pulumi.CustomResourceOptions,
  removes = false,
): pulumi.Output<string> {
  const stdin = request.apply((known) => JSON.stringify(known));
  return programCommand(name, program, stdin, options, removes);
}

/** The upgrade that each stack has declared last. */
const upgrades = new WeakMap<object, pulumi.Resource>();
/** Where there is no stack, as in a test. */
const NO_STACK = {};

/**
 * Upgrades the engine where it is another version: one machine after another, in the order in which they are declared.
 * Where it fails, nothing that depends on it is done, which is all upgrades that come later.
 */
function rollUpgrade(
  name: string,
  target: pulumi.Output<SshTarget>,
  args: DockerArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const stdin = target.apply((to) => JSON.stringify({ name, target: to, ...args, upgrade: true }));
  const stack = pulumi.runtime.getStackResource() ?? NO_STACK;
  const before = upgrades.get(stack);
  const dependsOn = before === undefined ? [] : [before];
  const upgrade = programResource(`${name}-docker-upgrade`, "install", stdin, {
    ...options,
    dependsOn,
  });
  upgrades.set(stack, upgrade);
  return upgrade.stdout;
}

/** The machine, once `done` has resolved. */
function after(
  target: pulumi.Output<SshTarget>,
  done: pulumi.Output<string>,
): pulumi.Output<SshTarget> {
  return pulumi.all([target, done]).apply(([to]) => to as SshTarget);
}

/** Not for a preview, which pulls nothing. What cannot be opened may not be needed: it is a warning. */
async function open(name: string, target: SshTarget, ports: number[]): Promise<void> {
  if (ports.length === 0 || pulumi.runtime.isDryRun()) return;
  const problem = await forwardToHere(target, ports);
  if (problem === undefined) return;
  await pulumi.log.warn(
    `host \`${name}\`: port ${ports.join(", ")} of this computer is not open there (${problem}): what is pulled ` +
      "from it will be missing. Does somebody else deploy, or does something there use the port?",
  );
}
