/** What is wrong with the arguments of an `Ec2Site` or an `Ec2Host`. Values that are known later are not looked at. */
import { z } from "zod";
import {
  MACHINE,
  faultsOf,
  network,
  networks,
  ports,
  text,
  whole,
  yesOrNo,
} from "../first-contact/faults.ts";
import { userData } from "../first-contact/user-data.ts";
import { networkOf } from "./network.ts";
import { MOST_TAGS, tags } from "./tags.ts";

const awsNetwork = network.superRefine((cidr, context) => {
  const known = networkOf(cidr);
  if (known === cidr) return;
  context.addIssue({ code: "custom", message: `must be written as AWS does: \`${known}\`` });
});
/** Its security group and its role are called after it: what both take, with what is appended. */
const SITE_NAME = /^(?!sg(-|$))[A-Za-z0-9_.-]{1,51}$/i;
/** Characters that a role's policy may have. */
const POLICY_SIZE = 10_240;

const SITE = z
  .strictObject({
    subnetId: text(
      /^subnet-[0-9a-f]{8,17}$/,
      "a subnet's id, e.g. `subnet-0123456789abcdef0`",
    ).optional(),
    availabilityZone: z
      .string("must be a zone, e.g. `eu-central-1a`")
      .regex(/^[a-z]+(-[a-z]+)+-\d[a-z]$/, "must be a zone, e.g. `eu-central-1a`")
      .optional(),
    sshFrom: networks(awsNetwork),
    ports,
    portsFrom: text(
      /^sg-[0-9a-f]{8,17}$/,
      "a security group's id, e.g. `sg-0123456789abcdef0`",
    ).optional(),
    pullFrom: z
      .array(
        text(
          /^arn:aws[a-z-]*:ecr:[a-z0-9-]+:\d{12}:repository\/[a-z0-9][a-z0-9._/-]*$/,
          "the exact ARN of an ECR repository, e.g. `arn:aws:ecr:eu-central-1:123456789012:repository/app`",
        ),
        "must be a list of ARNs of ECR repositories",
      )
      .refine(
        (arns) =>
          arns.filter((arn) => typeof arn === "string").join('","').length < POLICY_SIZE - 500,
        `must be shorter: a role's policy has at most ${POLICY_SIZE} characters. Make another site for some machines`,
      )
      .optional(),
    tags,
  })
  .superRefine(({ subnetId, availabilityZone }, context) => {
    if ((subnetId === undefined) !== (availabilityZone === undefined)) return;
    const message =
      subnetId === undefined
        ? "is missing, and so is `availabilityZone`: give a subnet, or a zone of the default VPC"
        : "and `availabilityZone` are both given: the subnet has a zone already, remove one";
    context.addIssue({ code: "custom", path: ["subnetId"], message });
  });

/** Families before the Nitro system. */
const XEN =
  /^(c[134]|cc[12]|cg1|cr1|d2|f1|g2|g3s?|h1|hi1|hs1|i[23]|m[1-4]|p[23]|r[34]|t[12]|x1e?)\./;
/** Bytes that EC2 takes as user data, before they are encoded. */
const USER_DATA = 16_384;
const HOST = z
  .strictObject({
    site: z.custom((value) => typeof value === "object" && value !== null, "must be an `Ec2Site`"),
    instanceType: z
      .string("must be a type, e.g. `t3.small`")
      .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "must be a type, e.g. `t3.small`")
      .refine(
        (type) => !XEN.test(type),
        "must be of the Nitro system, e.g. `t3.small`: older ones name their disks otherwise",
      ),
    architecture: z.enum(["amd64", "arm64"], "must be amd64 or arm64").optional(),
    ami: text(/^ami-[0-9a-f]{8,17}$/, "an image's id, e.g. `ami-0123456789abcdef0`").optional(),
    ...MACHINE,
    authorizedKeys: MACHINE.authorizedKeys.refine(
      (keys) => sizeOf(keys) <= USER_DATA,
      `must be fewer or shorter: EC2 takes ${USER_DATA} bytes of user data, and they do not fit in. Use keys of type ed25519`,
    ),
    rootSize: whole(8, 65536, " (GiB)").optional(),
    data: z
      .strictObject(
        {
          size: whole(1, 65536, " (GiB)"),
          iops: whole(3000, 80000).optional(),
          throughput: whole(125, 2000, " (MiB/s)").optional(),
          protect: yesOrNo,
        },
        "must be an object, e.g. `{ size: 50 }`",
      )
      .superRefine(({ size, iops = 3000, throughput = 125 }, context) => {
        if (iops > Math.max(3000, size * 500))
          context.addIssue({
            code: "custom",
            path: ["iops"],
            message: `must be at most 500 for each GiB: ${Math.max(3000, size * 500)}`,
          });
        if (throughput > iops / 4)
          context.addIssue({
            code: "custom",
            path: ["throughput"],
            message: `must be at most a quarter of \`iops\`: ${Math.floor(iops / 4)}`,
          });
      }),
    elasticIp: yesOrNo,
    terminationProtection: yesOrNo,
    monitoring: yesOrNo,
    tags,
  })
  .superRefine(({ site, tags: own = {} }, context) => {
    const { tags: shared = {} } = site as { tags?: object };
    if (Object.keys({ ...shared, ...own, Name: "" }).length <= MOST_TAGS) return;
    const message = `must be fewer: with the site's and \`Name\` a machine has at most ${MOST_TAGS}`;
    context.addIssue({ code: "custom", path: ["tags"], message });
  });

/** All of them, each with its property; none if there is nothing wrong. */
export function findSiteFaults(name: string, args: unknown): string[] {
  const problem =
    "its name must have 1 to 51 letters, digits, `.`, `_` and `-`, and not begin with `sg-`";
  return [...(SITE_NAME.test(name) ? [] : [problem]), ...faultsOf(SITE, args)];
}
/** @see findSiteFaults */
export const findHostFaults = (args: unknown): string[] => faultsOf(HOST, args);

/** Bytes of the user data with these keys, whatever the rest of it. */
function sizeOf(authorizedKeys: string[]): number {
  const oneTimeKey = { privateKey: "k".repeat(600), publicKey: "k".repeat(200) };
  const rest = { user: "u".repeat(32), device: "d".repeat(80) };
  return Buffer.byteLength(userData({ ...rest, authorizedKeys, oneTimeKey }));
}
