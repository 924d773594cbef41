/** What is wrong with the arguments of logs, alarms and dashboards. Values that are known later are not looked at. */
import { z } from "zod";
import { tags } from "../../hosts/ec2/tags.ts";
import { faultsOf, text, whole, yesOrNo } from "../../hosts/first-contact/faults.ts";
import { arn, component, nameFaults, oneOf } from "../values.ts";

/** Days for which CloudWatch keeps logs. */
export const RETENTIONS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922],
  ...[3288, 3653],
];
/** Characters of a log group's name. */
const LONGEST_GROUP = 512;

const SERVICE = "must be the name of a service, e.g. `web`";
const serviceName = z.string(SERVICE).regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, SERVICE);
const awsServices = z
  .record(
    serviceName,
    text(/^[A-Za-z0-9_-]{1,255}$/, "a service's name in ECS"),
    "must be an object",
  )
  .refine((services) => Object.keys(services).length > 0, "must have at least one service");
const clusterName = text(/^[A-Za-z0-9_-]{1,255}$/, "a cluster's name");
const percent = whole(1, 100, " (percent)").optional();
const balancer = component("targetGroupSuffixes", "EcsLoadBalancer").optional();

const LOGS = z.strictObject({
  services: z
    .array(serviceName, "must be a list of services")
    .min(1, "must have at least one service")
    .refine((names) => new Set(names).size === names.length, "must not have one twice"),
  retention: oneOf(RETENTIONS).optional(),
  kmsKeyArn: arn(
    "kms",
    /key\/[A-Za-z0-9-]+/,
    "a key's ARN",
    "arn:aws:kms:eu-central-1:123456789012:key/0123…",
  ).optional(),
  keep: yesOrNo,
  tags,
});

const ALARMS = z
  .strictObject({
    topicArn: arn(
      "sns",
      /[A-Za-z0-9_-]{1,256}/,
      "a topic's ARN",
      "arn:aws:sns:eu-central-1:123456789012:alarms",
    ).optional(),
    emails: z
      .array(z.email("must be an address, e.g. `ops@example.com`"), "must be a list of addresses")
      .min(1, "must have at least one address")
      .optional(),
    clusterName,
    services: awsServices,
    loadBalancer: balancer,
    thresholds: z
      .strictObject(
        { errors: whole(1, 1_000_000).optional(), cpu: percent, memory: percent },
        "must be an object, e.g. `{ cpu: 80 }`",
      )
      .optional(),
    tags,
  })
  .superRefine(({ topicArn, emails }, context) => {
    if ((topicArn === undefined) !== (emails === undefined)) return;
    const message =
      topicArn === undefined
        ? "is missing, and so is `emails`: somebody must be told"
        : "and `emails` are both given: subscribe the addresses to the topic, and remove `emails`";
    context.addIssue({ code: "custom", path: ["topicArn"], message });
  });

const DASHBOARD = z.strictObject({
  dashboardName: z
    .string("must be text")
    .regex(/^[A-Za-z0-9_-]{1,255}$/, "must have 1 to 255 letters, digits, `_` and `-`")
    .optional(),
  region: text(/^[a-z]+(-[a-z]+)+-\d$/, "a region, e.g. `eu-central-1`"),
  clusterName,
  services: awsServices,
  loadBalancer: balancer,
  logGroups: z.array(z.unknown(), "must be a list of names of log groups").optional(),
});

/** All of them, each with its property; none if there is nothing wrong. @param prefix of the groups' names. */
export function findLogFaults(name: string, prefix: string, args: unknown): string[] {
  const { services } = (args ?? {}) as { services?: unknown };
  const longest = (Array.isArray(services) ? services : [])
    .map((service) => `${prefix}/${String(service)}`)
    .filter((group) => group.length > LONGEST_GROUP)
    .map((group) => `\`services\`: a log group's name has at most ${LONGEST_GROUP}: \`${group}\``);
  return [...nameFaults(name), ...faultsOf(LOGS, args), ...longest];
}
/** @see findLogFaults */
export function findAlarmFaults(name: string, args: unknown): string[] {
  return [...nameFaults(name), ...faultsOf(ALARMS, args)];
}
/** @see findLogFaults */
export function findDashboardFaults(name: string, args: unknown): string[] {
  return [...nameFaults(name), ...faultsOf(DASHBOARD, args)];
}
