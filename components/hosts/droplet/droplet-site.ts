/** What the droplets of a stack share: their private network, who reaches them, and a load balancer before them. */
import { Firewall } from "@pulumi/digitalocean/firewall.js";
import { LoadBalancer } from "@pulumi/digitalocean/loadBalancer.js";
import { SshKey } from "@pulumi/digitalocean/sshKey.js";
import { Tag } from "@pulumi/digitalocean/tag.js";
import { Vpc } from "@pulumi/digitalocean/vpc.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../first-contact/faults.ts";
import { HOST_CHECK, PEER_PORTS } from "../peer-ports.ts";
import { findSiteFaults } from "./faults.ts";

export interface DropletSiteArgs {
  /** @example "fra1" */
  region: string;
  /** VPC of the droplets. @default one that is made */
  vpcUuid?: pulumi.Input<string>;
  /** Of the VPC that is made, /16 to /28. @default one that DigitalOcean chooses */
  ipRange?: string;
  /**
   * Networks (CIDR) from which SSH is open.
   * @example ["203.0.113.0/24"]
   */
  sshFrom: string[];
  /**
   * TCP ports that everybody reaches.
   * @example [80, 443]
   */
  ports: number[];
  /**
   * Keys of the account, by id or MD5 fingerprint, which droplets are made with: without one, DigitalOcean mails a root
   * password. Nobody logs in as root by them. Give this or `newAccountKey`.
   */
  accountKeys?: pulumi.Input<string>[];
  /** Public key that is added to the account, which must not have it yet. Give this or `accountKeys`. */
  newAccountKey?: string;
  /** A load balancer, which asks each droplet's proxy whether it serves. @default none */
  balancer?: {
    /** The port that everybody reaches. @default 80 */
    port?: number;
    /** The proxies' port, which the load balancer alone reaches. */
    to: number;
    /** Number of nodes, for each of which DigitalOcean charges. @default 1 */
    sizeUnit?: number;
  };
  /** Of all droplets and volumes. @default [] */
  tags?: string[];
}

/**
 * The same for all droplets of a stack. Their firewall is for a tag that they all have: SSH from some networks, the
 * proxy's ports, and what proxies ask each other from the droplets themselves.
 * @example `new DropletSite("web", { region: "fra1", sshFrom: ["203.0.113.0/24"], ports: [80, 443], newAccountKey: "ssh-ed25519 AAAA…" })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class DropletSite extends pulumi.ComponentResource {
  public readonly region: string;
  public readonly vpcUuid: pulumi.Output<string>;
  /** Ids or fingerprints. */
  public readonly accountKeys: pulumi.Output<string[]>;
  /** Of the droplets alone; known once the firewall is there, so that no droplet is before it. */
  public readonly tag: pulumi.Output<string>;
  /** The load balancer's; undefined where there is none. */
  public readonly address: pulumi.Output<string> | undefined;
  /** What each droplet's and volume's tags begin with. */
  public readonly tags: string[];

  constructor(name: string, args: DropletSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:DropletSite", name, args, opts);
    refuse(`site \`${name}\``, findSiteFaults(args));
    const { region, tags = [], newAccountKey, accountKeys = [] } = args;
    const parent = { parent: this };
    this.region = region;
    this.tags = tags;
    this.vpcUuid = args.vpcUuid === undefined ? this.vpc(name, args) : pulumi.output(args.vpcUuid);
    this.accountKeys =
      newAccountKey === undefined
        ? pulumi.output(accountKeys)
        : new SshKey(`${name}-key`, { publicKey: newAccountKey.trim() }, parent).fingerprint.apply(
            (fingerprint) => [fingerprint],
          );
    const tag = new Tag(`${name}-machines`, {}, parent);
    const balancer = this.balancer(name, args, tag);
    this.address = balancer?.ip;
    const firewall = this.firewall(name, args, tag, balancer);
    this.tag = pulumi.all([tag.name, firewall.id]).apply(([known]) => known);
    this.registerOutputs({ vpcUuid: this.vpcUuid });
  }

  private vpc(name: string, { region, ipRange }: DropletSiteArgs): pulumi.Output<string> {
    const range = ipRange === undefined ? {} : { ipRange };
    return new Vpc(`${name}-vpc`, { region, ...range }, { parent: this }).id;
  }

  private balancer(name: string, args: DropletSiteArgs, tag: Tag): LoadBalancer | undefined {
    if (args.balancer === undefined) return undefined;
    const { port = 80, to, sizeUnit = 1 } = args.balancer;
    return new LoadBalancer(
      `${name}-balancer`,
      {
        ...{ region: args.region, vpcUuid: this.vpcUuid, sizeUnit, dropletTag: tag.name },
        forwardingRules: [
          {
            ...{ entryPort: port, entryProtocol: "http" },
            ...{ targetPort: to, targetProtocol: "http" },
          },
        ],
        // A droplet that is drained, or whose proxy is away, gets nothing.
        healthcheck: {
          ...{ protocol: "http", port: to, path: HOST_CHECK, checkIntervalSeconds: 3 },
          ...{ responseTimeoutSeconds: 3, healthyThreshold: 2, unhealthyThreshold: 2 },
        },
        httpIdleTimeoutSeconds: 60,
      },
      { parent: this },
    );
  }

  private firewall(
    name: string,
    args: DropletSiteArgs,
    tag: Tag,
    balancer: LoadBalancer | undefined,
  ): Firewall {
    const all = ["0.0.0.0/0", "::/0"];
    const open = (port: number, from: object) => ({
      ...{ protocol: "tcp", portRange: String(port) },
      ...from,
    });
    return new Firewall(
      `${name}-firewall`,
      {
        tags: [tag.name],
        inboundRules: [
          open(22, { sourceAddresses: [...new Set(args.sshFrom)].sort() }),
          ...[...new Set(args.ports)].sort().map((port) => open(port, { sourceAddresses: all })),
          ...(args.balancer === undefined || balancer === undefined
            ? []
            : [open(args.balancer.to, { sourceLoadBalancerUids: [balancer.id] })]),
          ...Object.values(PEER_PORTS).map((port) => open(port, { sourceTags: [tag.name] })),
        ],
        outboundRules: [
          ...["tcp", "udp"].map((protocol) => ({
            ...{ protocol, portRange: "1-65535", destinationAddresses: all },
          })),
          { protocol: "icmp", destinationAddresses: all },
        ],
      },
      { parent: this },
    );
  }
}
