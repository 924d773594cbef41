/** What is wrong with the arguments of an `EcsNetwork`. Values that are known later are not looked at. */
import { z } from "zod";
import { tags } from "../../hosts/ec2/tags.ts";
import { networkOf } from "../../hosts/ec2/network.ts";
import { faultsOf, yesOrNo } from "../../hosts/first-contact/faults.ts";
import { nameFaults, oneOf, subnetId, vpcId } from "../values.ts";

const ZONE = /^[a-z]+(-[a-z]+)+-\d[a-z]$/;
const ZONES =
  "must be 2, 3, or a list of two or three different zones, e.g. `eu-central-1a` and `eu-central-1b`";
const RANGE = "must be a private network of 16 to 22 bits, e.g. `10.0.0.0/16`";
/** RFC 1918: what else may be in a VPC is routed elsewhere by somebody. */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;

const range = z.unknown().superRefine((value, context) => {
  const cidr = z.cidrv4().safeParse(value).data ?? "";
  const length = Number(cidr.split("/")[1] ?? 0);
  if (!PRIVATE.test(cidr) || length < 16 || length > 22) {
    context.addIssue({ code: "custom", message: RANGE });
  } else if (networkOf(cidr) !== cidr) {
    const message = `must be written as AWS does: \`${networkOf(cidr)}\``;
    context.addIssue({ code: "custom", message });
  }
});
const zones = z.custom((value) => {
  if (value === 2 || value === 3) return true;
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return false;
  const areZones = value.every((name) => typeof name === "string" && ZONE.test(name));
  return areZones && new Set(value).size === value.length;
}, ZONES);
const subnets = (what: string) =>
  z
    .array(subnetId, `must be a list of ${what}`)
    .min(2, "must have at least two, of different zones: a load balancer wants them");
const endpoint = z
  .string("must be the name of a service of AWS, e.g. `ecr.api`")
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, "must be the name of a service of AWS, e.g. `ecr.api`");

const NETWORK = z
  .strictObject({
    zones: zones.optional(),
    cidr: range.optional(),
    privateSubnets: oneOf(["none", "nat", "endpoints"]).optional(),
    natGateways: oneOf(["one", "per-zone"]).optional(),
    endpoints: z.array(endpoint, "must be a list of names of services of AWS").optional(),
    existing: z
      .strictObject(
        {
          vpcId,
          publicSubnetIds: subnets("ids of public subnets"),
          taskSubnetIds: subnets("ids of subnets").optional(),
          assignPublicIp: yesOrNo,
          ipv6: yesOrNo,
        },
        "must be an object, e.g. `{ vpcId, publicSubnetIds: [a, b] }`",
      )
      .optional(),
    tags,
  })
  .superRefine((args, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    const own = ["zones", "cidr", "privateSubnets", "natGateways", "endpoints"] as const;
    for (const key of own.filter((each) => args.existing !== undefined && args[each] !== undefined))
      complain(key, "is of a VPC that is made, and `existing` is given: remove one");
    if (args.natGateways !== undefined && args.privateSubnets !== "nat")
      complain("natGateways", 'needs `privateSubnets: "nat"`: say it, or leave this out');
    if (args.endpoints !== undefined && args.privateSubnets !== "endpoints")
      complain("endpoints", 'needs `privateSubnets: "endpoints"`: say it, or leave this out');
  });

/** All of them, each with its property; none if there is nothing wrong. */
export function findNetworkFaults(name: string, args: unknown): string[] {
  return [...nameFaults(name), ...faultsOf(NETWORK, args)];
}
