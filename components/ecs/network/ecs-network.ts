/** Where the tasks of a stack run: a VPC of its own, or one that is there. */
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import { stackTags } from "../values.ts";
import { FARGATE_ENDPOINTS } from "./endpoints.ts";
import { findNetworkFaults } from "./faults.ts";
import { declareVpc } from "./vpc.ts";

export interface EcsNetworkArgs {
  /**
   * How many zones of the region, or which ones.
   * @default 2: the region's first two when the network is made; from then on they stay
   * @example ["eu-central-1a", "eu-central-1b"]
   */
  zones?: 2 | 3 | string[];
  /** Addresses of the VPC: a private network of 16 to 22 bits; each subnet has four bits more. @default "10.0.0.0/16" */
  cidr?: string;
  /**
   * Whether tasks run in subnets of their own that nothing outside reaches. `none`: in the public ones, with public
   * addresses and security groups that let nobody in; they reach the internet without charge. `nat`: by NAT gateways,
   * for which AWS charges by hour and GB. `endpoints`: they reach the services of AWS alone, by interface endpoints,
   * for which AWS charges by hour and zone.
   * @default "none"
   */
  privateSubnets?: "none" | "nat" | "endpoints";
  /** `one` is cheaper, and all tasks lose the internet with its zone. @default "per-zone" */
  natGateways?: "one" | "per-zone";
  /**
   * Services of AWS with an interface endpoint.
   * @default `FARGATE_ENDPOINTS`: images, logs, secrets, and commands in containers. Machines want `EC2_ENDPOINTS` too.
   * @example [...FARGATE_ENDPOINTS, "elasticfilesystem"]
   */
  endpoints?: string[];
  /** A VPC that is there, instead of one that is made. */
  existing?: {
    vpcId: pulumi.Input<string>;
    /** Of the load balancer: at least two, of different zones, with a route to an internet gateway. */
    publicSubnetIds: pulumi.Input<string>[];
    /** Where tasks run: at least two, of different zones. @default the public ones */
    taskSubnetIds?: pulumi.Input<string>[];
    /** Whether tasks need a public address there to reach the internet. @default true without `taskSubnetIds` */
    assignPublicIp?: boolean;
    /** Whether the public subnets have IPv6 addresses too. @default false */
    ipv6?: boolean;
  };
  /** Beside `Name` and `longshore:stack`: at most 48, of letters, digits, spaces and `_.:/=+-@`. @default {} */
  tags?: Record<string, string>;
}

/**
 * The network of clusters and load balancers. What is made has IPv4 and IPv6, a gateway for S3 without charge, where the
 * layers of images are, and a default security group that allows nothing.
 * Its name has 1 to 40 letters, digits and `-`.
 * @example `new EcsNetwork("shop", {})`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsNetwork extends pulumi.ComponentResource {
  public readonly vpcId: pulumi.Output<string>;
  /** Of load balancers. Known once they lead to the internet. */
  public readonly publicSubnetIds: pulumi.Output<string>[];
  /** Where tasks run, and machines. Known once they lead to where they should. */
  public readonly taskSubnetIds: pulumi.Output<string>[];
  /** Whether tasks need a public address to reach the internet. */
  public readonly assignPublicIp: boolean;
  /** Whether the public subnets have IPv6 addresses too. */
  public readonly ipv6: boolean;
  /** Services of AWS with an interface endpoint; undefined: tasks reach all of AWS by the internet. */
  public readonly endpoints: string[] | undefined;
  /** What the tags of everything in it begin with. */
  public readonly tags: Record<string, string>;

  constructor(name: string, args: EcsNetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsNetwork", name, {}, opts);
    refuse(`network \`${name}\``, findNetworkFaults(name, args));
    const { existing, privateSubnets = "none" } = args;
    this.tags = stackTags(args.tags);
    if (existing === undefined) {
      this.assignPublicIp = privateSubnets === "none";
      this.ipv6 = true;
      this.endpoints =
        privateSubnets === "endpoints" ? (args.endpoints ?? FARGATE_ENDPOINTS) : undefined;
      const { zones = 2, cidr = "10.0.0.0/16", natGateways = "per-zone" } = args;
      ({
        vpcId: this.vpcId,
        publicSubnetIds: this.publicSubnetIds,
        taskSubnetIds: this.taskSubnetIds,
      } = declareVpc(
        name,
        {
          ...{ zones, cidr, privateSubnets, tags: this.tags },
          ...{ oneNat: natGateways === "one", endpoints: this.endpoints ?? [] },
        },
        this,
      ));
    } else {
      const { publicSubnetIds, taskSubnetIds, ipv6 = false } = existing;
      this.vpcId = pulumi.output(existing.vpcId);
      this.publicSubnetIds = publicSubnetIds.map((id) => pulumi.output(id));
      this.taskSubnetIds = (taskSubnetIds ?? publicSubnetIds).map((id) => pulumi.output(id));
      this.assignPublicIp = existing.assignPublicIp ?? taskSubnetIds === undefined;
      this.ipv6 = ipv6;
      this.endpoints = undefined;
    }
    this.registerOutputs({ vpcId: this.vpcId });
  }
}
