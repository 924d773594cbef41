/** As many replicas of a service as its load asks for. */
import { Policy } from "@pulumi/aws/appautoscaling/policy.js";
import { Target } from "@pulumi/aws/appautoscaling/target.js";
import * as pulumi from "@pulumi/pulumi";

/** At least one of `cpu`, `memory` and `requests`; where there are more, the one that asks for most replicas counts. */
export interface ScalingArgs {
  /** Fewest replicas, at least 1. */
  min: number;
  /** Most replicas. */
  max: number;
  /** Percent of the CPU that replicas use on average. @example 60 */
  cpu?: number;
  /** Percent of the memory that replicas use on average. @example 70 */
  memory?: number;
  /** Requests a minute for each replica, of a service with a route. @example 1000 */
  requests?: number;
}

export interface ScalingTarget {
  clusterName: pulumi.Input<string>;
  serviceName: pulumi.Input<string>;
  /** `app/…/…/targetgroup/…/…`, as CloudWatch has it; undefined: no requests come by the load balancer. */
  requestLabel?: pulumi.Input<string> | undefined;
  tags: Record<string, string>;
}

/** More comes at once, less only after five minutes. In seconds. */
const COOLDOWN = { scaleOutCooldown: 60, scaleInCooldown: 300 };

/** Declares a target and a policy for each measure. */
export function declareScaling(
  name: string,
  args: ScalingArgs,
  { clusterName, serviceName, requestLabel, tags }: ScalingTarget,
  options: pulumi.CustomResourceOptions,
): void {
  const target = new Target(
    `${name}-scaling`,
    {
      minCapacity: args.min,
      maxCapacity: args.max,
      resourceId: pulumi.interpolate`service/${clusterName}/${serviceName}`,
      scalableDimension: "ecs:service:DesiredCount",
      serviceNamespace: "ecs",
      tags,
    },
    options,
  );
  const measures = [
    { of: "cpu", at: args.cpu, type: "ECSServiceAverageCPUUtilization" },
    { of: "memory", at: args.memory, type: "ECSServiceAverageMemoryUtilization" },
    { of: "requests", at: args.requests, type: "ALBRequestCountPerTarget" },
  ];
  for (const { of, at, type } of measures) {
    if (at === undefined) continue;
    const resourceLabel = of === "requests" ? requestLabel : undefined;
    new Policy(
      `${name}-scaling-${of}`,
      {
        policyType: "TargetTrackingScaling",
        resourceId: target.resourceId,
        scalableDimension: target.scalableDimension,
        serviceNamespace: target.serviceNamespace,
        targetTrackingScalingPolicyConfiguration: {
          ...COOLDOWN,
          targetValue: at,
          predefinedMetricSpecification: {
            predefinedMetricType: type,
            ...(resourceLabel === undefined ? {} : { resourceLabel }),
          },
        },
      },
      options,
    );
  }
}
