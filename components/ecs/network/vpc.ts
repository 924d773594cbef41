/** A VPC with its subnets, and the ways out of them. */
import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route, type RouteArgs } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import * as pulumi from "@pulumi/pulumi";
import { subnetOf } from "./cidr.ts";
import { declareEndpoints } from "./endpoints.ts";
import { zoneNames } from "./zones.ts";

export interface VpcFacts {
  zones: 2 | 3 | string[];
  /** IPv4 network of the VPC. */
  cidr: string;
  privateSubnets: "none" | "nat" | "endpoints";
  /** Whether one NAT gateway is for all zones. */
  oneNat: boolean;
  /** Services of AWS with an interface endpoint. */
  endpoints: string[];
  tags: Record<string, string>;
}

/** Bits of a subnet's prefix more than the VPC's: 16 subnets. */
const BITS = 4;
/** Place of the first private subnet, so that a third zone changes no other one. */
const FIRST_PRIVATE = 8;

/**
 * Declares them as children of a component.
 * @returns subnets whose ids are known once they lead to where they should.
 */
export function declareVpc(name: string, facts: VpcFacts, component: pulumi.Resource) {
  const { zones, cidr, privateSubnets } = facts;
  const parent = { parent: component };
  const tags = (suffix?: string) => ({
    tags: { ...facts.tags, Name: suffix === undefined ? name : `${name}-${suffix}` },
  });
  const vpc = new Vpc(
    `${name}-vpc`,
    {
      ...{ cidrBlock: cidr, assignGeneratedIpv6CidrBlock: true },
      // Names of interface endpoints and of file systems are in the VPC's own DNS.
      ...{ enableDnsSupport: true, enableDnsHostnames: true },
      ...tags(),
    },
    parent,
  );
  new DefaultSecurityGroup(
    `${name}-default`,
    { vpcId: vpc.id, ingress: [], egress: [], ...tags("default") },
    parent,
  );
  const gateway = new InternetGateway(`${name}-gateway`, { vpcId: vpc.id, ...tags() }, parent);

  const zone = zoneNames(zones, component);
  const subnet = (kind: "public" | "private", at: number, ipv6: object) =>
    new Subnet(
      `${name}-${kind}-${at + 1}`,
      {
        ...{ vpcId: vpc.id, availabilityZone: zone(at), mapPublicIpOnLaunch: false },
        cidrBlock: subnetOf(
          cidr,
          Number(cidr.split("/")[1]) + BITS,
          kind === "public" ? at : FIRST_PRIVATE + at,
        ),
        ...ipv6,
        ...tags(`${kind}-${at + 1}`),
      },
      // Zones that were found stay, whatever is found later.
      { ...parent, ignoreChanges: Array.isArray(zones) ? [] : ["availabilityZone"] },
    );
  const table = (suffix: string) =>
    new RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, ...tags(suffix) }, parent);
  const route = (suffix: string, { id }: RouteTable, to: Omit<RouteArgs, "routeTableId">) =>
    new Route(`${name}-${suffix}`, { routeTableId: id, ...to }, parent);
  /** A subnet's id, from when it has its routes on. */
  const led = (suffix: string, { id }: Subnet, from: RouteTable, routes: pulumi.Resource[]) => {
    const association = new RouteTableAssociation(
      `${name}-${suffix}`,
      { subnetId: id, routeTableId: from.id },
      { ...parent, dependsOn: routes },
    );
    return pulumi.all([id, association.id]).apply(([known]) => known);
  };

  const places = Array.from({ length: Array.isArray(zones) ? zones.length : zones }, (_, at) => at);
  const outside = table("public");
  const toInternet = [
    route("internet-v4", outside, { destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id }),
    route("internet-v6", outside, { destinationIpv6CidrBlock: "::/0", gatewayId: gateway.id }),
  ];
  const publicSubnetIds = places.map((at) => {
    const ipv6CidrBlock = vpc.ipv6CidrBlock.apply((block) => subnetOf(block, 64, at));
    return led(`public-${at + 1}`, subnet("public", at, { ipv6CidrBlock }), outside, toInternet);
  });

  const insides: RouteTable[] = [];
  const privateSubnetIds: pulumi.Output<string>[] = [];
  let nat: NatGateway | undefined;
  for (const at of privateSubnets === "none" ? [] : places) {
    const suffix = `private-${at + 1}`;
    const inside = table(suffix);
    if (privateSubnets === "nat" && (nat === undefined || !facts.oneNat)) {
      const address = new Eip(
        `${name}-nat-${at + 1}`,
        { domain: "vpc", ...tags(`nat-${at + 1}`) },
        parent,
      );
      nat = new NatGateway(
        `${name}-nat-${at + 1}`,
        {
          ...{ allocationId: address.allocationId, subnetId: publicSubnetIds[at] },
          ...tags(`nat-${at + 1}`),
        },
        parent,
      );
    }
    const out =
      nat === undefined
        ? []
        : [route(suffix, inside, { destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id })];
    privateSubnetIds.push(led(suffix, subnet("private", at, {}), inside, out));
    insides.push(inside);
  }

  // Layers of images are there: without charge, and not by a NAT gateway.
  const s3 = new VpcEndpoint(
    `${name}-s3`,
    {
      ...{ vpcId: vpc.id, serviceName: pulumi.interpolate`com.amazonaws.${vpc.region}.s3` },
      ...{ vpcEndpointType: "Gateway", routeTableIds: [outside, ...insides].map(({ id }) => id) },
      ...tags("s3"),
    },
    parent,
  );
  const ready = [
    s3,
    ...declareEndpoints(
      name,
      { vpc, cidr, subnetIds: privateSubnetIds, services: facts.endpoints, tags: facts.tags },
      component,
    ),
  ];
  const task = privateSubnets === "none" ? publicSubnetIds : privateSubnetIds;
  return {
    vpcId: vpc.id,
    publicSubnetIds,
    taskSubnetIds: task.map((subnetId) =>
      pulumi.all([subnetId, pulumi.all(ready.map(({ id }) => id))]).apply(([known]) => known),
    ),
  };
}
