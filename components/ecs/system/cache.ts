/** A cache that ElastiCache runs in place of a service: Valkey, with a replica in another zone that takes over. */
import { ReplicationGroup } from "@pulumi/aws/elasticache/replicationGroup.js";
import { SubnetGroup } from "@pulumi/aws/elasticache/subnetGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../services/index.ts";
import { type StackNames, awsName } from "./names.ts";

/** @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html */
const ENGINE_VERSION = "8.0";

export interface CacheArgs {
  names: StackNames;
  subnetIds: pulumi.Input<string>[];
  /** The group that opens the service's port to those that link to it. */
  groupId: pulumi.Input<string>;
  /** @example "cache.t4g.micro" */
  nodeType: string;
  tags: Record<string, string>;
}

/** @returns the name that its clients connect to. */
export function declareCache(
  name: string,
  service: Service,
  { names, subnetIds, groupId, nodeType, tags }: CacheArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const subnets = new SubnetGroup(
    `${name}-cache`,
    { subnetIds, description: `Longshore: ${name}`, tags },
    options,
  );
  const group = new ReplicationGroup(
    `${name}-cache`,
    {
      // At most 40 characters: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
      replicationGroupId: awsName(names, service.name, 40).toLowerCase(),
      description: `Longshore: ${service.name} of ${names.project}/${names.stack}`,
      ...{ engine: "valkey", engineVersion: ENGINE_VERSION, nodeType },
      ...{ port: service.endpoint?.port ?? 6379, numCacheClusters: 2 },
      ...{ automaticFailoverEnabled: true, multiAzEnabled: true },
      atRestEncryptionEnabled: true,
      // Clients of the definition speak to it as they speak to the container, without TLS.
      transitEncryptionEnabled: false,
      snapshotRetentionLimit: 1,
      ...{ subnetGroupName: subnets.name, securityGroupIds: [groupId], tags },
    },
    options,
  );
  return group.primaryEndpointAddress;
}
