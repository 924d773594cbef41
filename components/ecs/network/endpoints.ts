/** Ways to services of AWS for subnets that lead nowhere else. */
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import type { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";

/** What tasks on Fargate need of AWS: images, logs, secrets, and commands in containers. */
export const FARGATE_ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages"];
/** What machines need of AWS beside that. */
export const EC2_ENDPOINTS = ["ecs", "ecs-agent", "ecs-telemetry"];

export interface EndpointFacts {
  vpc: Vpc;
  /** IPv4 network of the VPC, from which they are reached. */
  cidr: string;
  subnetIds: pulumi.Output<string>[];
  /** Of AWS, e.g. `ecr.api`. */
  services: string[];
  tags: Record<string, string>;
}

/** Declares an interface endpoint for each service as children of a component; nothing if there is none. */
export function declareEndpoints(
  name: string,
  { vpc, cidr, subnetIds, services, tags: shared }: EndpointFacts,
  component: pulumi.Resource,
): VpcEndpoint[] {
  if (services.length === 0) return [];
  const parent = { parent: component };
  const tags = { ...shared, Name: `${name}-endpoints` };
  const group = new SecurityGroup(
    `${name}-endpoints`,
    { vpcId: vpc.id, description: `Longshore: endpoints of ${name}`, tags },
    parent,
  );
  const rule = new SecurityGroupIngressRule(
    `${name}-endpoints`,
    {
      ...{ securityGroupId: group.id, ipProtocol: "tcp", fromPort: 443, toPort: 443 },
      ...{ cidrIpv4: cidr, tags },
    },
    parent,
  );
  return [...new Set(services)].sort().map(
    (service) =>
      new VpcEndpoint(
        `${name}-${service}`,
        {
          ...{ vpcId: vpc.id, vpcEndpointType: "Interface", privateDnsEnabled: true },
          serviceName: pulumi.interpolate`com.amazonaws.${vpc.region}.${service}`,
          ...{ subnetIds, securityGroupIds: [group.id] },
          tags: { ...shared, Name: `${name}-${service}` },
        },
        { ...parent, dependsOn: [rule] },
      ),
  );
}
