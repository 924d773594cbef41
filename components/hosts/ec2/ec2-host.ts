/** A machine on EC2, from nothing. */
import { Volume } from "@pulumi/aws/ebs/volume.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { EipAssociation } from "@pulumi/aws/ec2/eipAssociation.js";
import { getAmiOutput } from "@pulumi/aws/ec2/getAmi.js";
import { Instance } from "@pulumi/aws/ec2/instance.js";
import { VolumeAttachment } from "@pulumi/aws/ec2/volumeAttachment.js";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EngineAddress } from "../../engine/address.ts";
import { declareContact, declareOneTimeKey } from "../first-contact/declare.ts";
import { refuse } from "../first-contact/faults.ts";
import { DATA_FOLDERS, userData } from "../first-contact/user-data.ts";
import type { Host } from "../host.ts";
import { type EngineArgs, declareEngine } from "../ssh-engine.ts";
import type { Ec2Site } from "./ec2-site.ts";
import { findHostFaults } from "./faults.ts";

/** The account of Debian's cloud team. */
const DEBIAN = "136693071363";

/**
 * `docker`, `firewall`, `remoteForwards`, `securityUpdates` and `swap` are as of `SshHost`; by default Docker is installed,
 * the site's rules are the firewall, and security updates are on.
 */
export interface Ec2HostArgs extends EngineArgs {
  /** Where it is, and who reaches it. */
  site: Ec2Site;
  /** Of the Nitro system. @example "t3.small" */
  instanceType: string;
  /** Of the instance type. @default "amd64" */
  architecture?: "amd64" | "arm64";
  /**
   * Exact image; another one replaces the machine. Debian or Ubuntu, with cloud-init.
   * @default the newest Debian 13 when the machine is made; from then on it stays
   */
  ami?: pulumi.Input<string>;
  /** Who logs in; becomes root by sudo. Kept from the first boot on. @default "deploy" */
  user?: string;
  /**
   * Public keys that log in, and no others: a change is brought about by SSH, and replaces nothing. EC2's 16 KiB of user
   * data hold about 100 of type ed25519, and 16 of RSA's 4096 bits.
   */
  authorizedKeys: string[];
  /** As `SshHostArgs.identityFile`. @default what the agent has, and ssh's usual files */
  identityFile?: string;
  /** GiB of the root volume, which is encrypted and ends with the machine. @default 16 */
  rootSize?: number;
  /** Volume with Docker's and containerd's data (gp3, encrypted). It outlives the machine, not the stack. */
  data: {
    /** GiB. */
    size: number;
    /** @default 3000 */
    iops?: number;
    /** MiB/s. @default 125 */
    throughput?: number;
    /** Nothing deletes it, `pulumi destroy` neither, before this is taken back. @default false */
    protect?: boolean;
  };
  /** An address that stays when the machine is stopped or replaced. @default false */
  elasticIp?: boolean;
  /** The API refuses to end the machine, also for a replacement, before this is taken back. @default false */
  terminationProtection?: boolean;
  /** Figures each minute instead of every five, for which AWS charges. @default false */
  monitoring?: boolean;
  /** Beside the site's and `Name`: as the site's, and with them at most 50. @default {} */
  tags?: Record<string, string>;
}

/**
 * A machine that is made, and from then on treated as any other: by SSH, with a pinned key.
 * @example `new Ec2Host("web-1", { site, instanceType: "t3.small", authorizedKeys: ["ssh-ed25519 AAAA…"], data: { size: 50 } })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class Ec2Host extends pulumi.ComponentResource implements Host {
  public readonly hostName: string;
  public readonly address: pulumi.Output<string>;
  public readonly privateAddress: pulumi.Output<string | undefined>;
  public readonly engine: pulumi.Output<EngineAddress>;
  public readonly provider: docker.Provider;

  constructor(name: string, args: Ec2HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:Ec2Host", name, {}, opts);
    refuse(`host \`${name}\``, findHostFaults(args));
    const { site, user = "deploy", authorizedKeys, identityFile } = args;
    const parent = { parent: this };
    const tags = { ...site.tags, ...args.tags, Name: name };
    const oneTimeKey = declareOneTimeKey(name, parent);
    const volume = this.volume(name, args, tags);
    const machine = this.machine(name, args, tags, volume, oneTimeKey);
    const attachment = new VolumeAttachment(
      `${name}-data`,
      {
        ...{ deviceName: "/dev/sdf", instanceId: machine.id, volumeId: volume.id },
        // A mounted volume is not let go.
        stopInstanceBeforeDetaching: true,
      },
      { ...parent, deleteBeforeReplace: true },
    );
    this.hostName = name;
    this.address = args.elasticIp === true ? this.elastic(name, tags, machine) : machine.publicIp;
    this.privateAddress = machine.privateIp;
    const target = declareContact(
      name,
      {
        machine: machine.id,
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

  private volume(name: string, { site, data }: Ec2HostArgs, tags: Record<string, string>): Volume {
    const { protect = false, ...wanted } = data;
    // The site's zone, not the machine's: that is not known while a machine is replaced, and the volume would be, too.
    const { availabilityZone } = site;
    return new Volume(
      `${name}-data`,
      { availabilityZone, type: "gp3", encrypted: true, ...wanted, tags },
      { parent: this, protect },
    );
  }

  private machine(
    name: string,
    args: Ec2HostArgs,
    tags: Record<string, string>,
    volume: Volume,
    oneTimeKey: ReturnType<typeof declareOneTimeKey>,
  ): Instance {
    const { site, user = "deploy", authorizedKeys } = args;
    const { instanceProfile } = site;
    return new Instance(
      `${name}-machine`,
      {
        ...{
          ami: args.ami ?? newestDebian(args.architecture, this),
          instanceType: args.instanceType,
        },
        ...{ subnetId: site.subnetId, vpcSecurityGroupIds: [site.securityGroupId] },
        ...(instanceProfile === undefined ? {} : { iamInstanceProfile: instanceProfile }),
        associatePublicIpAddress: true,
        metadataOptions: {
          ...{ httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
          instanceMetadataTags: "disabled",
        },
        rootBlockDevice: {
          ...{ volumeType: "gp3", volumeSize: args.rootSize ?? 16, encrypted: true },
          ...{ deleteOnTermination: true, tags },
        },
        disableApiTermination: args.terminationProtection ?? false,
        monitoring: args.monitoring ?? false,
        userData: pulumi
          .all([oneTimeKey, volume.id])
          .apply(([key, id]) =>
            userData({ user, authorizedKeys, oneTimeKey: key, device: deviceOf(id) }),
          ),
        userDataReplaceOnChange: false,
        tags,
      },
      {
        parent: this,
        // The volume and the address are one machine's at a time.
        deleteBeforeReplace: true,
        ignoreChanges: ["userData", ...(args.ami === undefined ? ["ami"] : [])],
      },
    );
  }

  private elastic(name: string, tags: Record<string, string>, machine: Instance) {
    const eip = new Eip(`${name}-address`, { domain: "vpc", tags }, { parent: this });
    const association = new EipAssociation(
      `${name}-address`,
      { allocationId: eip.allocationId, instanceId: machine.id },
      { parent: this, deleteBeforeReplace: true },
    );
    return association.publicIp; // of the association: earlier, nobody is there
  }
}

/** The name that udev gives a volume of the Nitro system. */
function deviceOf(volumeId: string): string {
  return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace("-", "")}`;
}

function newestDebian(architecture: "amd64" | "arm64" = "amd64", parent: pulumi.Resource) {
  return getAmiOutput(
    {
      ...{ owners: [DEBIAN], mostRecent: true },
      filters: [
        { name: "name", values: [`debian-13-${architecture}-*`] },
        { name: "virtualization-type", values: ["hvm"] },
      ],
    },
    { parent },
  ).id;
}
