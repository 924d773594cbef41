/** Look-ups of what is there already. */
import type { Params } from "../client.ts";
import type { Place } from "../engine.ts";
import { at } from "../resource.ts";

type LookUp = (
  call: (service: string, operation: string, params: Params) => Promise<Params>,
  args: Params,
  place: Place,
) => Promise<Params>;

export const LOOK_UPS: Record<string, LookUp> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": async (call, { state }, { region }) => {
    const Filters = state === undefined ? [] : [{ Name: "state", Values: [state] }];
    const { AvailabilityZones } = await call("ec2", "DescribeAvailabilityZones", { Filters });
    const zones = AvailabilityZones as Params[];
    return {
      id: region,
      names: zones.map(({ ZoneName }) => ZoneName),
      zoneIds: zones.map(({ ZoneId }) => ZoneId),
      groupNames: [...new Set(zones.map(({ GroupName }) => GroupName))],
    };
  },
  "aws:index/getCallerIdentity:getCallerIdentity": async (call) => {
    const { Account, Arn, UserId } = await call("sts", "GetCallerIdentity", {});
    return { accountId: Account, arn: Arn, id: Account, userId: UserId };
  },
  "aws:index/getRegion:getRegion": (_, __, { region }) =>
    Promise.resolve({
      ...{ id: region, name: region, region, description: region },
      endpoint: `ec2.${region}.amazonaws.com`,
    }),
  "aws:index/getPartition:getPartition": () =>
    Promise.resolve({
      ...{ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" },
      reverseDnsPrefix: "com.amazonaws",
    }),
  "aws:ssm/getParameter:getParameter": async (call, { name, withDecryption }) => {
    const answer = await call("ssm", "GetParameter", {
      ...{ Name: name, WithDecryption: withDecryption ?? true },
    });
    const { ARN, Name, Type, Value, Version } = answer.Parameter as Params;
    return {
      ...{ arn: ARN, id: Name, name: Name, type: Type, value: Value, version: Version },
      ...{ insecureValue: Type === "SecureString" ? "" : Value },
    };
  },
  "aws:ecs/getService:getService": async (call, { clusterArn, serviceName }) => {
    const answer = await call("ecs", "DescribeServices", {
      ...{ cluster: clusterArn, services: [serviceName], include: ["TAGS"] },
    });
    const found = at(answer, "services.0") as Params | undefined;
    if (found === undefined || found.status === "INACTIVE")
      throw new Error(
        `service with name ${String(serviceName)} not found in ${String(clusterArn)}`,
      );
    const tags = (found.tags ?? []) as { key: string; value: string }[];
    return {
      ...{ id: found.serviceArn, arn: found.serviceArn, clusterArn: found.clusterArn },
      ...{ serviceName: found.serviceName, desiredCount: found.desiredCount },
      ...{ launchType: found.launchType ?? "", schedulingStrategy: found.schedulingStrategy },
      ...{ taskDefinition: found.taskDefinition, loadBalancers: found.loadBalancers ?? [] },
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    };
  },
};
