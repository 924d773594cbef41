/** A place for simulated machines: their networks, and the image that they boot. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "../../program-command.ts";
import type { LocalHost } from "../local-host.ts";
import type { SiteFacts, SiteRequest } from "./types.ts";

export interface SimulatedSiteArgs {
  /** Where the machines run, each as a container that boots. */
  on: LocalHost;
  /** What they boot, by digest: built of `machineContext`. */
  image: pulumi.Input<string>;
}

/**
 * Two networks on one engine: in one the machines are reached, the other is their own. To stand in for a provider's
 * data centre on one computer.
 */
export class SimulatedSite extends pulumi.ComponentResource {
  /** Prefix of the machines' names on the engine. */
  public readonly siteName: string;
  public readonly on: LocalHost;
  public readonly facts: pulumi.Output<SiteFacts>;
  /** The image's id on the engine. */
  public readonly imageId: pulumi.Output<string>;

  /** @param name unique on the engine. */
  constructor(name: string, args: SimulatedSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:SimulatedSite", name, {}, opts);
    this.siteName = name;
    this.on = args.on;
    const options = { parent: this, provider: args.on.provider };
    this.imageId = new docker.RemoteImage(
      `${name}-machine-image`,
      { name: args.image, keepLocally: true },
      options,
    ).imageId;
    const stdin = args.on.engine.apply((dockerHost) =>
      JSON.stringify({ site: name, dockerHost } satisfies SiteRequest),
    );
    this.facts = programCommand(`${name}-networks`, "site", stdin, { parent: this }, true).apply(
      (text) => JSON.parse(text) as SiteFacts,
    );
    this.registerOutputs({});
  }
}
