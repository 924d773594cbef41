/** A droplet of DigitalOcean, from nothing. */
import { Droplet } from "@pulumi/digitalocean/droplet.js";
import { ReservedIp } from "@pulumi/digitalocean/reservedIp.js";
import { ReservedIpAssignment } from "@pulumi/digitalocean/reservedIpAssignment.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../../engine/address.ts";
import { declareContact, declareOneTimeKey } from "../first-contact/declare.ts";
import { refuse } from "../first-contact/faults.ts";
import { DATA_FOLDERS, userData } from "../first-contact/user-data.ts";
import type { Host } from "../host.ts";
import { type EngineArgs, declareEngine } from "../ssh-engine.ts";
import type { DropletSite } from "./droplet-site.ts";
import { findHostFaults } from "./faults.ts";

/**
 * `docker`, `firewall`, `remoteForwards`, `securityUpdates` and `swap` are as of `SshHost`; by default Docker is installed,
 * the site's rules are the firewall, and security updates are on.
 */
export interface DropletHostArgs extends EngineArgs {
  /** Where it is, and who reaches it. */
  site: DropletSite;
  /**
   * Another one resizes the droplet, which is switched off meanwhile, and keeps the disk's size.
   * @example "s-1vcpu-2gb"
   */
  size: string;
  /** Slug or id; another one replaces the droplet. Debian or Ubuntu, with cloud-init. @default "debian-13-x64" */
  image?: pulumi.Input<string>;
  /** Who logs in; becomes root by sudo. Kept from the first boot on. @default "deploy" */
  user?: string;
  /** Public keys that log in, and no others: a change is brought about by SSH, and replaces nothing. */
  authorizedKeys: string[];
  /** As `SshHostArgs.identityFile`. @default what the agent has, and ssh's usual files */
  identityFile?: string;
  /** Volume with Docker's and containerd's data. It outlives the droplet, not the stack. */
  data: {
    /** GiB. It can be made larger, and the file system on it is not. */
    size: number;
    /** Nothing deletes it, `pulumi destroy` neither, before this is taken back. @default false */
    protect?: boolean;
  };
  /** An address that stays when the droplet is replaced. @default false */
  reservedIp?: boolean;
  /** Figures of the system in DigitalOcean's panel; another value replaces the droplet. @default true */
  monitoring?: boolean;
  /** A public IPv6 address; cannot be taken back. @default false */
  ipv6?: boolean;
  /** Beside the site's. @default [] */
  tags?: string[];
}

/**
 * A droplet that is made, and from then on treated as any other machine: by SSH, with a pinned key. Its name is the
 * droplet's host name.
 * @example `new DropletHost("web-1", { site, size: "s-1vcpu-2gb", authorizedKeys: ["ssh-ed25519 AAAA…"], data: { size: 50 } })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class DropletHost extends pulumi.ComponentResource implements Host {
  public readonly hostName: string;
  public readonly address: pulumi.Output<string>;
  public readonly privateAddress: pulumi.Output<string | undefined>;
  public readonly engine: pulumi.Output<EngineAddress>;
  public readonly provider: docker.Provider;

  constructor(name: string, args: DropletHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:DropletHost", name, {}, opts);
    refuse(`host \`${name}\``, findHostFaults(name, args));
    const { user = "deploy", authorizedKeys, identityFile } = args;
    const parent = { parent: this };
    const oneTimeKey = declareOneTimeKey(name, parent);
    const volume = this.volume(name, args);
    const droplet = this.droplet(name, args, volume, oneTimeKey);
    const attachment = new VolumeAttachment(
      `${name}-data`,
      { dropletId: droplet.id.apply(Number), volumeId: volume.id },
      { ...parent, deleteBeforeReplace: true },
    );
    this.hostName = name;
    this.address =
      args.reservedIp === true ? this.reserved(name, args.site, droplet) : droplet.ipv4Address;
    this.privateAddress = droplet.ipv4AddressPrivate;
    const target = declareContact(
      name,
      {
        machine: droplet.id,
        target: this.address.apply((host) => ({
          ...{ user, host },
          ...(identityFile === undefined ? {} : { identityFile }),
        })),
        ...{ oneTimeKey, authorizedKeys, mounted: DATA_FOLDERS, dependsOn: [attachment] },
      },
      parent,
    );
    ({ engine: this.engine, provider: this.provider } = declareEngine(
      name,
      target,
      { ...args, docker: args.docker ?? {}, securityUpdates: args.securityUpdates ?? true },
      parent,
    ));
    this.registerOutputs({ address: this.address, engine: this.engine });
  }

  private volume(name: string, { site, data, tags = [] }: DropletHostArgs): Volume {
    return new Volume(
      `${name}-data`,
      { region: site.region, size: data.size, tags: [...site.tags, ...tags] },
      { parent: this, protect: data.protect ?? false },
    );
  }

  private droplet(
    name: string,
    args: DropletHostArgs,
    volume: Volume,
    oneTimeKey: ReturnType<typeof declareOneTimeKey>,
  ): Droplet {
    const { site, size, image = "debian-13-x64", user = "deploy", authorizedKeys } = args;
    return new Droplet(
      `${name}-droplet`,
      {
        ...{ name, region: site.region, size, image, vpcUuid: site.vpcUuid },
        ...{ sshKeys: site.accountKeys, tags: [site.tag, ...site.tags, ...(args.tags ?? [])] },
        ...{ monitoring: args.monitoring ?? true, ipv6: args.ipv6 ?? false },
        // It would log in as root, which nobody may; and a larger disk could not be made smaller again.
        ...{ dropletAgent: false, resizeDisk: false, gracefulShutdown: true },
        userData: pulumi
          .all([oneTimeKey, volume.name])
          .apply(([key, volumeName]) =>
            userData({ user, authorizedKeys, oneTimeKey: key, device: deviceOf(volumeName) }),
          ),
      },
      {
        parent: this,
        // The volume and the address are one machine's at a time.
        deleteBeforeReplace: true,
        // Another value of either would replace it: keys are changed by SSH.
        ignoreChanges: ["sshKeys", "userData"],
      },
    );
  }

  private reserved(name: string, site: DropletSite, droplet: Droplet) {
    const parent = { parent: this };
    const { ipAddress } = new ReservedIp(`${name}-address`, { region: site.region }, parent);
    const assignment = new ReservedIpAssignment(
      `${name}-address`,
      { ipAddress, dropletId: droplet.id.apply(Number) },
      { ...parent, deleteBeforeReplace: true },
    );
    return assignment.ipAddress; // of the assignment: earlier, nobody is there
  }
}

/** The name that udev gives a volume. */
function deviceOf(volumeName: string): string {
  return `/dev/disk/by-id/scsi-0DO_Volume_${volumeName}`;
}
