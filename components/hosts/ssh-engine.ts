/** The Docker engine of a machine that is reached by SSH: installed where that is wanted, and what reaches it. */
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../engine/address.ts";
import { nodeProgram, removal } from "../node-program.ts";
import { sshOptions } from "../ssh/options.ts";
import { forwardToHere } from "../ssh/remote-forward.ts";
import { type SshTarget, sshUrl } from "../ssh/target.ts";
import type { FirewallArgs, FirewallRequest } from "./firewall/types.ts";
import type { Host } from "./host.ts";
import type { DockerArgs, InstallRequest } from "./install/types.ts";

export interface EngineArgs {
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
  { docker: args, firewall, remoteForwards = [] }: EngineArgs,
  options: pulumi.CustomResourceOptions,
): Pick<Host, "engine" | "provider"> {
  const known = pulumi.output(target) as unknown as pulumi.Output<SshTarget>;
  // Nobody speaks to an engine before it is there.
  const installed =
    args === undefined
      ? known
      : pulumi.all([known, install(name, known, args, options)]).apply(([to]) => to as SshTarget);
  // Before any container publishes a port.
  const guarded =
    firewall === undefined
      ? installed
      : pulumi
          .all([installed, raise(name, installed, firewall, options)])
          .apply(([to]) => to as SshTarget);
  const reached = guarded.apply(async (to) => {
    await open(name, to, remoteForwards);
    return to;
  });
  return {
    engine: reached.apply((ssh): EngineAddress => ({ ssh })),
    provider: new docker.Provider(
      `${name}-engine`,
      { host: reached.apply(sshUrl), sshOpts: known.apply(sshOptions) },
      options,
    ),
  };
}

/** Resolves when nothing but what `args` say can be reached. */
function raise(
  name: string,
  target: pulumi.Output<SshTarget>,
  args: FirewallArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { stdout } = new command.local.Command(
    `${name}-firewall`,
    {
      ...nodeProgram("firewall"),
      delete: removal("firewall"),
      stdin: target.apply((to) =>
        JSON.stringify({ name, target: to, ...args } satisfies FirewallRequest),
      ),
      logging: command.local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    options,
  );
  return stdout;
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

/** The engine's version, once it runs. */
function install(
  name: string,
  target: pulumi.Output<SshTarget>,
  args: DockerArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { stdout } = new command.local.Command(
    `${name}-docker`,
    {
      ...nodeProgram("install"),
      stdin: target.apply((to) =>
        JSON.stringify({ name, target: to, ...args } satisfies InstallRequest),
      ),
      logging: command.local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    options,
  );
  return stdout;
}
