/** What the machines of a stack on EC2 share: their subnet, who reaches them, and what they may pull. */
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { getSubnetOutput } from "@pulumi/aws/ec2/getSubnet.js";
import { InstanceProfile } from "@pulumi/aws/iam/instanceProfile.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../first-contact/faults.ts";
import { PEER_PORTS } from "../peer-ports.ts";
import { letOut } from "./egress.ts";
import { findSiteFaults } from "./faults.ts";

export interface Ec2SiteArgs {
  /** Subnet of the machines. Whoever deploys must reach its public addresses. Give this or `availabilityZone`. */
  subnetId?: pulumi.Input<string>;
  /**
   * Zone whose subnet in the default VPC is used. Give this or `subnetId`.
   * @example "eu-central-1a"
   */
  availabilityZone?: string;
  /**
   * Networks (CIDR) from which SSH is open, each by its first address.
   * @example ["203.0.113.0/24"]
   */
  sshFrom: string[];
  /**
   * TCP ports of the proxy; not SSH's, and not those at which proxies ask each other.
   * @example [80, 443]
   */
  ports: number[];
  /** Security group, e.g. of a load balancer, that alone reaches `ports`. @default everybody does */
  portsFrom?: pulumi.Input<string>;
  /**
   * ARNs of the ECR repositories that the machines may pull from, and no others: what a role's policy holds, about 100.
   * @default none, and no role
   */
  pullFrom?: pulumi.Input<string>[];
  /** Beside `Name` and `longshore:stack`: at most 48, of letters, digits, spaces and `_.:/=+-@`. @default {} */
  tags?: Record<string, string>;
}

/**
 * The same for all machines of a stack on EC2. The machines' firewall: SSH from some networks, the proxy's ports, and
 * what proxies ask each other from the machines themselves.
 * Its name has 1 to 51 letters, digits, `.`, `_` and `-`.
 * @example `new Ec2Site("web", { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [80, 443] })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class Ec2Site extends pulumi.ComponentResource {
  public readonly subnetId: pulumi.Output<string>;
  /** Where the machines' volumes are, too. */
  public readonly availabilityZone: pulumi.Output<string>;
  public readonly securityGroupId: pulumi.Output<string>;
  /** Name of the instance profile; undefined where nothing is pulled from ECR. */
  public readonly instanceProfile: pulumi.Output<string> | undefined;
  /** What each machine's tags begin with. */
  public readonly tags: Record<string, string>;

  constructor(name: string, args: Ec2SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:Ec2Site", name, args, opts);
    refuse(`site \`${name}\``, findSiteFaults(name, args));
    const { subnetId, availabilityZone, pullFrom = [], tags = {} } = args;
    this.tags = { ...tags, "longshore:stack": `${pulumi.getProject()}/${pulumi.getStack()}` };
    const wanted =
      subnetId === undefined
        ? { defaultForAz: true, ...(availabilityZone === undefined ? {} : { availabilityZone }) }
        : { id: subnetId };
    const subnet = getSubnetOutput(wanted, { parent: this });
    this.subnetId = subnet.id;
    this.availabilityZone = subnet.availabilityZone;
    this.securityGroupId = this.group(name, args, subnet.vpcId);
    this.instanceProfile = pullFrom.length === 0 ? undefined : this.profile(name, pullFrom);
    this.registerOutputs({ securityGroupId: this.securityGroupId });
  }

  /** Each rule is a resource of its own: another one changes nothing of the rest. */
  private group(name: string, args: Ec2SiteArgs, vpcId: pulumi.Output<string>) {
    const parent = { parent: this };
    const description = `Longshore: machines of ${name}`;
    const tags = { ...this.tags, Name: name };
    const { id } = new SecurityGroup(`${name}-group`, { vpcId, description, tags }, parent);
    const open = (rule: string, port: number, from: Source) =>
      new SecurityGroupIngressRule(
        `${name}-${rule}`,
        { securityGroupId: id, ipProtocol: "tcp", fromPort: port, toPort: port, ...from, tags },
        parent,
      );
    for (const cidr of new Set(args.sshFrom)) open(`ssh-${cidr}`, 22, network(cidr));
    for (const port of new Set(args.ports)) {
      if (args.portsFrom === undefined) {
        open(`port-${port}-v4`, port, network("0.0.0.0/0"));
        open(`port-${port}-v6`, port, network("::/0"));
      } else open(`port-${port}`, port, { referencedSecurityGroupId: args.portsFrom });
    }
    for (const [kind, port] of Object.entries(PEER_PORTS)) {
      open(`peer-${kind}`, port, { referencedSecurityGroupId: id });
    }
    letOut(`${name}-out`, { securityGroupId: id, tags }, parent);
    return id;
  }

  private profile(name: string, pullFrom: pulumi.Input<string>[]): pulumi.Output<string> {
    const parent = { parent: this };
    const tags = { ...this.tags, Name: name };
    const role = new Role(
      `${name}-role`,
      {
        assumeRolePolicy: policy([
          {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: "ec2.amazonaws.com" },
          },
        ]),
        tags,
      },
      parent,
    );
    const pull = pulumi.all(pullFrom).apply((Resource) =>
      policy([
        // Is for no repository: it has no other form.
        { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
        {
          Effect: "Allow",
          Action: [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
          ],
          Resource,
        },
      ]),
    );
    const allowed = new RolePolicy(`${name}-pull`, { role: role.name, policy: pull }, parent);
    const profile = new InstanceProfile(
      `${name}-profile`,
      { role: role.name, tags },
      { ...parent, dependsOn: [allowed] },
    );
    return profile.name;
  }
}

type Source =
  { cidrIpv4: string } | { cidrIpv6: string } | { referencedSecurityGroupId: pulumi.Input<string> };

const network = (cidr: string) => (cidr.includes(":") ? { cidrIpv6: cidr } : { cidrIpv4: cidr });

function policy(Statement: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
