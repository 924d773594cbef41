/** A machine in a container on the local engine: real systemd, sshd and apt, for what will run on real ones. */
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../../engine/address.ts";
import { programCommand } from "../../program-command.ts";
import type { SshTarget } from "../../ssh/target.ts";
import type { Host } from "../host.ts";
import type { DockerArgs } from "../install/types.ts";
import { declareEngine } from "../ssh-engine.ts";
import type { FoundMachine } from "./look.ts";
import type { SimulatedSite } from "./simulated-site.ts";
import type { MachineFacts, MachineRequest } from "./types.ts";

export interface SimulatedHostArgs {
  /** Where it is. */
  site: SimulatedSite;
  /** Unique in the site, from 1 to 200: it has the same addresses for good. */
  number: number;
  /** What `lookAtMachines` found of it: made anew only where that says so. */
  found: FoundMachine;
  /** File with the private key that logs in as `deploy`. */
  identityFile: string;
  /** The key's public half, as in `authorized_keys`. */
  publicKey: string;
  /** Settings of its engine, which is installed by SSH. @default {} */
  docker?: DockerArgs;
  /** As `SshHostArgs.remoteForwards`. @default none */
  remoteForwards?: number[];
}

/**
 * A machine that boots in a container and is then treated as any other: by SSH, with a pinned key, from nothing but
 * its system. Whoever has it may do nearly all on the computer that it runs on. Linux only.
 */
export class SimulatedHost extends pulumi.ComponentResource implements Host {
  public readonly hostName: string;
  public readonly address: pulumi.Output<string>;
  public readonly privateAddress: pulumi.Output<string | undefined>;
  public readonly engine: pulumi.Output<EngineAddress>;
  public readonly provider: docker.Provider;

  constructor(name: string, args: SimulatedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:SimulatedHost", name, {}, opts);
    const { site, number, publicKey, identityFile, remoteForwards, found } = args;
    const stdin = pulumi
      .all([site.on.engine, site.facts, site.imageId])
      .apply(([dockerHost, facts, image]) =>
        JSON.stringify({
          ...{ site: site.siteName, dockerHost, name, number, publicKey },
          ...{ image, generation: found.generation, ...facts },
        } satisfies MachineRequest),
      );
    const facts = programCommand(`${name}-machine`, "machine", stdin, { parent: this }, true).apply(
      (text) => JSON.parse(text) as MachineFacts,
    );
    this.hostName = name;
    this.address = facts.address;
    this.privateAddress = facts.privateAddress;
    const target = facts.apply(({ address: host, hostKey }): SshTarget => {
      return { user: "deploy", host, hostKey, identityFile };
    });
    ({ engine: this.engine, provider: this.provider } = declareEngine(
      name,
      target,
      { docker: args.docker ?? {}, ...(remoteForwards === undefined ? {} : { remoteForwards }) },
      { parent: this },
    ));
    this.registerOutputs({ address: this.address, engine: this.engine });
  }
}
