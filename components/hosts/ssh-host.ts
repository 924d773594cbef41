/** A machine that is reached by SSH. */
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../engine/address.ts";
import type { SshTarget } from "../ssh/target.ts";
import type { FirewallArgs } from "./firewall/types.ts";
import type { Host } from "./host.ts";
import type { PlannedEngine } from "./inspect.ts";
import type { DockerArgs } from "./install/types.ts";
import { declareEngine } from "./ssh-engine.ts";
import { findSshFaults } from "./ssh-faults.ts";
import type { UpkeepArgs } from "./upkeep/types.ts";

export interface SshHostArgs extends UpkeepArgs {
  /**
   * Name or IP address at which people, and whoever deploys, reach the machine.
   * @example "203.0.113.7"
   */
  address: string;
  /** User who logs in, with a key and no password, and who may use Docker there. */
  user: string;
  /** Port of its sshd. @default 22 */
  port?: number;
  /**
   * The machine's public host key: nothing is sent to a machine that has another one. On its console:
   * `cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub`.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
   */
  hostKey: string;
  /**
   * File with the private key, on the machine that deploys; `~` is the home directory.
   * @default what the agent (`SSH_AUTH_SOCK`) has, and ssh's usual files
   */
  identityFile?: string;
  /**
   * A machine that is passed through on the way.
   * @default none
   */
  jump?: Omit<
    SshHostArgs,
    "privateAddress" | "docker" | "firewall" | "remoteForwards" | keyof UpkeepArgs
  >;
  /**
   * Ports of 127.0.0.1 on the machine that deploys which are open on the machine's 127.0.0.1, too, for as long as it is
   * deployed to: so it pulls from a registry that only the deploying machine reaches.
   * @default none
   * @example [5055]
   */
  remoteForwards?: number[];
  /**
   * Installs Docker on the machine, from Debian's, Ubuntu's or Docker's own packages, and keeps its settings. The user must be root,
   * or become that by `sudo` without a password. An engine that is there already is used, with its own settings.
   * @default Docker is there, and is left as it is
   * @example {}
   */
  docker?: DockerArgs;
  /**
   * Lets others reach SSH and these ports of the machine and of its containers, and nothing else; containers do not reach
   * the cloud's metadata. Needs iptables and systemd. Rules that lock out whoever deploys end by themselves.
   * @default the machine's own firewall stays as it is
   * @example { ports: [80, 443], privateNetwork: "10.0.0.0/24" }
   */
  firewall?: FirewallArgs;
  /**
   * IP address in a network that the stack's hosts have for themselves.
   * @default none: no service is reached from another host
   */
  privateAddress?: string;
}

/**
 * A machine that exists already. Everything is done by the system's `ssh` over one connection,
 * see docs/hosts.md.
 * @example `new SshHost("web-1", { address: "203.0.113.7", user: "deploy", hostKey: "ssh-ed25519 AAAA…" })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class SshHost extends pulumi.ComponentResource implements Host {
  public readonly hostName: string;
  public readonly address: pulumi.Output<string>;
  public readonly privateAddress: pulumi.Output<string | undefined>;
  public readonly engine: pulumi.Output<EngineAddress>;
  public readonly provider: docker.Provider;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:SshHost", name, args, opts);
    const target = sshTarget(name, args);
    this.hostName = name;
    this.address = pulumi.output(args.address);
    this.privateAddress = pulumi.output(args.privateAddress);
    ({ engine: this.engine, provider: this.provider } = declareEngine(name, target, args, {
      parent: this,
    }));
    this.registerOutputs({ address: this.address, engine: this.engine });
  }

  /**
   * Where its engine is, to look at before it is declared: see `inspectHosts`.
   * @throws pulumi.RunError as the constructor does.
   */
  static engine(name: string, args: SshHostArgs): PlannedEngine {
    const dockerHost = { ssh: sshTarget(name, args) };
    return { name, dockerHost, ...(args.docker === undefined ? {} : { installs: true }) };
  }
}

/**
 * How a machine is reached.
 * @param name what the host is called.
 * @throws pulumi.RunError with all that is wrong.
 */
export function sshTarget(name: string, args: SshHostArgs): SshTarget {
  const problems = findSshFaults(args);
  if (problems.length === 0) return toTarget(args);
  throw new pulumi.RunError(problems.map((line) => `host \`${name}\`: ${line}`).join("\n"));
}

function toTarget(args: SshHostArgs): SshTarget {
  const { address, user, port, hostKey, identityFile, jump } = args;
  return {
    ...{ user, host: address, hostKey: hostKey.trim().split(/\s+/).slice(0, 2).join(" ") },
    ...(port === undefined ? {} : { port }),
    ...(identityFile === undefined ? {} : { identityFile }),
    ...(jump === undefined ? {} : { jump: toTarget(jump) }),
  };
}
