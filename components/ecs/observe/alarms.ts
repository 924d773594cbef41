/** What somebody is told of: failing answers, tasks that do not serve, too little CPU or memory. */
import { MetricAlarm, type MetricAlarmArgs } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import type { EcsLoadBalancer } from "../entry/load-balancer.ts";
import { stackTags } from "../values.ts";
import { findAlarmFaults } from "./faults.ts";

export interface EcsAlarmsArgs {
  /** Topic of SNS that is told. Give this or `emails`. */
  topicArn?: pulumi.Input<string>;
  /** Addresses that are told, by a topic of their own, once each has confirmed it. Give this or `topicArn`. */
  emails?: string[];
  clusterName: pulumi.Input<string>;
  /** Names in ECS, by the service's name in the definition. */
  services: Record<string, pulumi.Input<string>>;
  /** Whose answers and targets are watched, too. @default none */
  loadBalancer?: EcsLoadBalancer;
  /** From when on. */
  thresholds?: {
    /** Answers with a status from 500 on within five minutes, of one service. @default 10 */
    errors?: number;
    /** Percent of a service's CPU, on average for 15 minutes. @default 90 */
    cpu?: number;
    /** Percent of a service's memory, on average for 15 minutes. @default 90 */
    memory?: number;
  };
  /** Beside `Name` and `longshore:stack`: at most 48, of letters, digits, spaces and `_.:/=+-@`. @default {} */
  tags?: Record<string, string>;
}

/** What is not said. */
const THRESHOLDS = { errors: 10, cpu: 90, memory: 90 };

/** The part of an alarm that is its own. */
type Watched = Pick<
  MetricAlarmArgs,
  "namespace" | "metricName" | "dimensions" | "statistic" | "threshold"
> & { description: string; period: number; periods: number };

/**
 * Alarms of CloudWatch, which also say when all is well again.
 * @example `new EcsAlarms("shop", { emails: ["ops@example.com"], clusterName, services: { web: "shop-web" } })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsAlarms extends pulumi.ComponentResource {
  public readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: EcsAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsAlarms", name, {}, opts);
    refuse(`alarms \`${name}\``, findAlarmFaults(name, args));
    const tags = stackTags(args.tags);
    this.topicArn =
      args.topicArn === undefined
        ? this.topic(name, args.emails ?? [], tags)
        : pulumi.output(args.topicArn);
    const all = { ...ofServices(args), ...ofLoadBalancer(args) };
    for (const [suffix, watched] of Object.entries(all)) {
      const { description, periods, ...metric } = watched;
      new MetricAlarm(
        `${name}-${suffix}`,
        {
          ...{ ...metric, alarmDescription: description, evaluationPeriods: periods },
          comparisonOperator: "GreaterThanOrEqualToThreshold",
          // No requests, no figures.
          treatMissingData: "notBreaching",
          ...{ alarmActions: [this.topicArn], okActions: [this.topicArn] },
          tags: { ...tags, Name: `${name}-${suffix}` },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ topicArn: this.topicArn });
  }

  private topic(
    name: string,
    emails: string[],
    tags: Record<string, string>,
  ): pulumi.Output<string> {
    const parent = { parent: this };
    const { arn } = new Topic(`${name}-alarms`, { tags: { ...tags, Name: name } }, parent);
    for (const endpoint of new Set(emails)) {
      new TopicSubscription(
        `${name}-${endpoint}`,
        { topic: arn, protocol: "email", endpoint },
        parent,
      );
    }
    return arn;
  }
}

function ofServices({ clusterName, services, thresholds }: EcsAlarmsArgs): Record<string, Watched> {
  const { cpu, memory } = { ...THRESHOLDS, ...thresholds };
  const alarms = Object.entries(services).flatMap(([service, ServiceName]) =>
    (
      [
        ["cpu", "CPUUtilization", "CPU", cpu],
        ["memory", "MemoryUtilization", "memory", memory],
      ] as const
    ).map(([kind, metricName, what, threshold]): [string, Watched] => [
      `${service}-${kind}`,
      {
        description: `${service} uses ${threshold} % of its ${what}, or more`,
        ...{ namespace: "AWS/ECS", metricName, statistic: "Average", threshold },
        dimensions: { ClusterName: clusterName, ServiceName },
        ...{ period: 300, periods: 3 },
      },
    ]),
  );
  return Object.fromEntries(alarms);
}

function ofLoadBalancer({ loadBalancer, thresholds }: EcsAlarmsArgs): Record<string, Watched> {
  if (loadBalancer === undefined) return {};
  const { errors } = { ...THRESHOLDS, ...thresholds };
  const LoadBalancer = loadBalancer.arnSuffix;
  const namespace = "AWS/ApplicationELB";
  const targets = Object.entries(loadBalancer.targetGroupSuffixes).flatMap(
    ([target, TargetGroup]): [string, Watched][] => {
      const dimensions = { LoadBalancer, TargetGroup };
      return [
        [
          `${target}-errors`,
          {
            description: `${target} answers with a status from 500 on`,
            ...{ namespace, metricName: "HTTPCode_Target_5XX_Count", statistic: "Sum" },
            ...{ dimensions, threshold: errors, period: 300, periods: 1 },
          },
        ],
        [
          `${target}-unhealthy`,
          {
            description: `${target} has tasks that do not pass their health check`,
            ...{ namespace, metricName: "UnHealthyHostCount", statistic: "Maximum" },
            ...{ dimensions, threshold: 1, period: 60, periods: 5 },
          },
        ],
      ];
    },
  );
  const own: Watched = {
    description: "The load balancer itself answers with a status from 500 on: no task does",
    ...{ namespace, metricName: "HTTPCode_ELB_5XX_Count", statistic: "Sum" },
    ...{ dimensions: { LoadBalancer }, threshold: errors, period: 300, periods: 1 },
  };
  return { ...Object.fromEntries(targets), "entry-errors": own };
}
