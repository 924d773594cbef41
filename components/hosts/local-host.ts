/** This computer as a host: the Docker engine that already answers here. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../engine/address.ts";
import { localDockerHost } from "./endpoint.ts";
import type { Host } from "./host.ts";

export interface LocalHostArgs {
  /**
   * The engine's address, `unix:///…` or `tcp://…`.
   * @default `DOCKER_HOST`, else the docker command's current context, else /var/run/docker.sock
   */
  dockerHost?: string;
}

/**
 * This computer. Installs nothing: the engine must answer already.
 * @example `new LocalHost("local")`
 */
export class LocalHost extends pulumi.ComponentResource implements Host {
  public readonly hostName: string;
  public readonly address: pulumi.Output<string>;
  public readonly privateAddress: pulumi.Output<string | undefined>;
  public readonly engine: pulumi.Output<EngineAddress>;
  public readonly provider: docker.Provider;

  constructor(name: string, args: LocalHostArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:LocalHost", name, args, opts);
    const { dockerHost } = LocalHost.engine(name, args);
    this.hostName = name;
    this.address = pulumi.output("127.0.0.1");
    this.privateAddress = pulumi.output(undefined);
    this.engine = pulumi.output(dockerHost);
    this.provider = new docker.Provider(`${name}-engine`, { host: dockerHost }, { parent: this });
    // Named as states of before know it.
    this.registerOutputs({ address: this.address, dockerHost: this.engine });
  }

  /** Where its engine is, to look at before it is declared: see `inspectHosts`. */
  static engine(name: string, args: LocalHostArgs = {}) {
    return { name, dockerHost: args.dockerHost ?? localDockerHost() };
  }
}
