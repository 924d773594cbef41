/** Who reaches whom: a security group for each service, opened for what links and routes lead to, and for nothing else. */
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";
import { letOut } from "../../hosts/ec2/egress.ts";
import type { Services } from "../../services/index.ts";
import type { EcsLoadBalancer } from "../entry/load-balancer.ts";
import { edgesOf } from "./connect.ts";

export interface GroupsArgs {
  vpcId: pulumi.Input<string>;
  /** Undefined: nothing comes from outside. */
  balancer: Pick<EcsLoadBalancer, "securityGroupId" | "targets"> | undefined;
  tags: Record<string, string>;
}

/** @returns ids by the service's name. */
export function declareGroups(
  name: string,
  services: Services,
  { vpcId, balancer, tags }: GroupsArgs,
  options: pulumi.CustomResourceOptions,
): Map<string, pulumi.Output<string>> {
  const groups = new Map(
    services.list.map((service) => {
      const own = `${name}-${service.name}`;
      const description = `Longshore: tasks of ${service.name}`;
      const group = new SecurityGroup(
        `${own}-tasks`,
        { vpcId, description, tags: { ...tags, Name: own } },
        options,
      );
      // Images, secrets and logs are fetched from there, and what the service itself calls.
      letOut(`${own}-out`, { securityGroupId: group.id, tags }, options);
      return [service.name, group.id] as const;
    }),
  );
  const open = (rule: string, to: string, port: number, from: pulumi.Input<string>) => {
    const securityGroupId = groups.get(to);
    if (securityGroupId === undefined) return;
    new SecurityGroupIngressRule(
      `${name}-${to}-${rule}-${port}`,
      {
        ...{ securityGroupId, referencedSecurityGroupId: from },
        ...{ ipProtocol: "tcp", fromPort: port, toPort: port, tags },
      },
      options,
    );
  };
  const seen = new Set<string>();
  for (const { from, to, containerPort } of edgesOf(services)) {
    const group = groups.get(from);
    if (group === undefined || !isNew(seen, `${from} ${to} ${containerPort}`)) continue;
    open(`from-${from}`, to, containerPort, group);
  }
  if (balancer === undefined) return groups;
  const { securityGroupId, targets } = balancer;
  for (const { service, containerPort, healthCheck } of targets) {
    const group = groups.get(service);
    const checked = healthCheck.port === "traffic-port" ? containerPort : Number(healthCheck.port);
    for (const port of new Set([containerPort, checked])) {
      if (group === undefined || !isNew(seen, `balancer ${service} ${port}`)) continue;
      open("from-balancer", service, port, securityGroupId);
      new SecurityGroupEgressRule(
        `${name}-balancer-to-${service}-${port}`,
        {
          ...{ securityGroupId, referencedSecurityGroupId: group },
          ...{ ipProtocol: "tcp", fromPort: port, toPort: port, tags },
        },
        options,
      );
    }
  }
  return groups;
}

function isNew(seen: Set<string>, key: string): boolean {
  const known = seen.has(key);
  seen.add(key);
  return !known;
}
