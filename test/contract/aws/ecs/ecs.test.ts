/**
 * Every input of the parts of ECS stacks against AWS's own models: which calls the provider makes of them, and whether AWS
 * takes those. Nothing is sent to AWS.
 */
import { describe, expect, it } from "vitest";
import { RETENTIONS } from "../../../../components/ecs/observe/faults.ts";
import { type NamedCall, mapCalls } from "../calls.ts";
import { actionsOf, awsModels, inputsOf } from "../suite.ts";
import { CLUSTER_MAPPINGS } from "./cluster-mappings.ts";
import { ENTRY_MAPPINGS } from "./entry-mappings.ts";
import { NETWORK_MAPPINGS } from "./network-mappings.ts";
import { OBSERVE_MAPPINGS } from "./observe-mappings.ts";
import { VARIANTS } from "./variants.ts";

const MAPPINGS = {
  ...NETWORK_MAPPINGS,
  ...CLUSTER_MAPPINGS,
  ...ENTRY_MAPPINGS,
  ...OBSERVE_MAPPINGS,
};

const { models, problems, isUnknown } = awsModels();

const seen: NamedCall[] = [];
const mappedInputs = new Set<string>();

describe.each(Object.entries(VARIANTS))("a stack with %s", (_name, declare) => {
  it("is calls that AWS takes, with every input in one", async () => {
    const { calls, unmapped, mapped } = mapCalls(await declare(), MAPPINGS);
    expect(unmapped).toEqual([]);
    expect(calls.length).toBeGreaterThan(40);
    expect((await problems(calls)).flat()).toEqual([]);
    seen.push(...calls);
    for (const input of mapped) mappedInputs.add(input);
  });
});

it("the variants make every call, with every input", () => {
  // Where a rule comes from, and what it is for, is for those that come in; services' groups are the system's.
  const others = /(EgressRule (fromPort|toPort)|Rule referencedSecurityGroupId)$/;
  expect([...mappedInputs].sort()).toEqual(
    inputsOf(MAPPINGS).filter((input) => !others.test(input)),
  );
});

it("policies allow operations that the services have", () => {
  const actions = actionsOf(seen);
  // Operations of the agent that are in no public model.
  const ofAgent = ["ecs:Poll", "ecs:StartTelemetrySession"];
  expect(actions).toHaveLength(10);
  expect(actions.filter(isUnknown).sort()).toEqual(ofAgent);
});

it("days that logs are kept are those that CloudWatch knows", () => {
  const words = models().documentation("logs", "PutRetentionPolicy", "retentionInDays");
  const known = (words.match(/\d+/g) ?? []).map(Number).filter((days) => days > 0);
  expect(RETENTIONS.filter((days) => !known.includes(days))).toEqual([]);
});

/** A call of a variant with one parameter changed, and what is said of it. */
type Mutation = [what: string, operation: string, change: (params: never) => void, words: RegExp];
type Tree = Record<string, never>;
const set = (path: string, value: unknown) => (params: Tree) => {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let at = params as Record<string, unknown>;
  for (const part of parts) at = at[part] as Record<string, unknown>;
  at[last] = value;
};

describe("what AWS would refuse is found", () => {
  const WRONG: Mutation[] = [
    [
      "a CIDR that is a number",
      "CreateVpc",
      set("CidrBlock", 10),
      /Invalid type for parameter CidrBlock/,
    ],
    ["a subnet without a VPC", "CreateSubnet", set("VpcId", undefined), /VpcId/],
    ["a type of endpoint", "CreateVpcEndpoint", set("VpcEndpointType", "Nat"), /is not known: Nat/],
    [
      "a setting of clusters",
      "CreateCluster",
      set("settings.0.name", "insights"),
      /is not known: insights/,
    ],
    [
      "logging of commands",
      "CreateCluster",
      set("configuration", { executeCommandConfiguration: { logging: "ON" } }),
      /is not known: ON/,
    ],
    [
      "a weight",
      "PutClusterCapacityProviders",
      set("defaultCapacityProviderStrategy.0.weight", 1001),
      /weight is 1001/,
    ],
    [
      "scaling",
      "CreateCapacityProvider",
      set("autoScalingGroupProvider.managedScaling.targetCapacity", 101),
      /targetCapacity is 101/,
    ],
    [
      "draining",
      "CreateCapacityProvider",
      set("autoScalingGroupProvider.managedDraining", true),
      /managedDraining/,
    ],
    ["a namespace's name", "CreateHttpNamespace", set("Name", "a b"), /Name does not match/],
    [
      "metadata",
      "CreateLaunchTemplate",
      set("LaunchTemplateData.MetadataOptions.HttpTokens", "yes"),
      /is not known: yes/,
    ],
    [
      "a disk",
      "CreateLaunchTemplate",
      set("LaunchTemplateData.BlockDeviceMappings.0.Ebs.VolumeType", "gp9"),
      /is not known: gp9/,
    ],
    [
      "a refresh",
      "StartInstanceRefresh",
      set("Preferences.ScaleInProtectedInstances", "Keep"),
      /is not known: Keep/,
    ],
    [
      "healthy percent",
      "StartInstanceRefresh",
      set("Preferences.MaxHealthyPercentage", 250),
      /is 250/,
    ],
    ["addresses", "CreateLoadBalancer", set("IpAddressType", "ipv6"), /is not known: ipv6/],
    [
      "an interval",
      "CreateTargetGroup",
      set("HealthCheckIntervalSeconds", 301),
      /is 301, and may have 5/,
    ],
    [
      "a timeout",
      "CreateTargetGroup",
      set("HealthCheckTimeoutSeconds", 121),
      /is 121, and may have 2/,
    ],
    ["a threshold", "CreateTargetGroup", set("HealthyThresholdCount", 11), /is 11, and may have 2/],
    ["a kind of target", "CreateTargetGroup", set("TargetType", "task"), /is not known: task/],
    ["a port", "CreateListener", set("Port", 70_000), /Port is 70000/],
    ["an answer", "CreateListener", set("DefaultActions.0.Type", "refuse"), /is not known: refuse/],
    ["a rule's priority", "CreateRule", set("Priority", 50_001), /Priority is 50001/],
    [
      "a rule's condition",
      "CreateRule",
      set("Conditions.0.PathConfig", {}),
      /Unknown parameter in Conditions\[0\]/,
    ],
    ["a domain", "RequestCertificate", set("DomainName", "shop"), /DomainName does not match/],
    [
      "a record's type",
      "ChangeResourceRecordSets",
      set("ChangeBatch.Changes.0.ResourceRecordSet.Type", "ALIAS"),
      /is not known: ALIAS/,
    ],
    [
      "tags that move",
      "CreateRepository",
      set("imageTagMutability", "FIXED"),
      /is not known: FIXED/,
    ],
    [
      "a repository",
      "CreateRepository",
      set("repositoryName", "Shop"),
      /repositoryName does not match/,
    ],
    ["a log group", "CreateLogGroup", set("logGroupName", "a b"), /logGroupName does not match/],
    ["a statistic", "PutMetricAlarm", set("Statistic", "p99"), /is not known: p99/],
    ["a comparison", "PutMetricAlarm", set("ComparisonOperator", ">="), /is not known: >=/],
    ["a dashboard", "PutDashboard", set("DashboardBody", undefined), /DashboardBody/],
    ["a subscription", "Subscribe", set("Protocol", undefined), /Protocol/],
  ];
  let found: Promise<string[][]> | undefined;
  /** Of calls that the variants before have made: all in one go. */
  const mutate = () =>
    problems(
      WRONG.map(([, operation, change]) => {
        const good = seen.find((call) => call.operation === operation);
        if (good === undefined) throw new Error(`No variant makes ${operation}`);
        const params = structuredClone(good.params);
        change(params as never);
        const given = JSON.parse(JSON.stringify(params)) as Record<string, unknown>;
        return { ...good, params: given };
      }),
    );

  it.each(WRONG.map(([what, , , words], at) => [what, at, words] as const))(
    "%s",
    async (_what, at, words) => {
      found ??= mutate();
      expect((await found)[at]).toEqual([expect.stringMatching(words)]);
    },
  );
});
