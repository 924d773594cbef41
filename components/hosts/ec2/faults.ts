/** What is wrong with the arguments of an `Ec2Site` or an `Ec2Host`. Values that are known later are not looked at. */
import { z } from "zod";
import {
  MACHINE,
  faultsOf,
  ports,
  sshFrom,
  text,
  whole,
  yesOrNo,
} from "../first-contact/faults.ts";

/** Names begin with what AWS keeps for itself. */
const tags = z
  .record(
    z
      .string()
      .regex(/^(?!aws:)[\s\S]{1,128}$/i, "must have 1 to 128 characters and not begin with `aws:`"),
    z.string("must be a text").max(256, "must have at most 256 characters"),
    "must be an object of texts",
  )
  .optional();

const SITE = z
  .strictObject({
    subnetId: text(
      /^subnet-[0-9a-f]{8,17}$/,
      "a subnet's id, e.g. `subnet-0123456789abcdef0`",
    ).optional(),
    availabilityZone: z
      .string("must be a zone, e.g. `eu-central-1a`")
      .regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "must be a zone, e.g. `eu-central-1a`")
      .optional(),
    sshFrom,
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

const HOST = z.strictObject({
  site: z.custom((value) => typeof value === "object" && value !== null, "must be an `Ec2Site`"),
  instanceType: z
    .string("must be a type, e.g. `t3.small`")
    .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "must be a type, e.g. `t3.small`")
    .refine(
      (type) =>
        !/^([cmrd][1-4]|t[12]|i[23]|p[23]|g[23]|x1e?|f1|h1)\./.test(type) ||
        /^(i3en|p3dn)\./.test(type),
      "must be of the Nitro system, e.g. `t3.small`: older ones name their disks otherwise",
    ),
  architecture: z.enum(["amd64", "arm64"], "must be amd64 or arm64").optional(),
  ami: text(/^ami-[0-9a-f]{8,17}$/, "an image's id, e.g. `ami-0123456789abcdef0`").optional(),
  ...MACHINE,
  rootSize: whole(8, 16384, " (GiB)").optional(),
  data: z
    .strictObject(
      {
        size: whole(1, 16384, " (GiB)"),
        iops: whole(3000, 16000).optional(),
        throughput: whole(125, 1000, " (MiB/s)").optional(),
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
});

/** All of them, each with its property; none if there is nothing wrong. */
export const findSiteFaults = (args: unknown): string[] => faultsOf(SITE, args);
/** @see findSiteFaults */
export const findHostFaults = (args: unknown): string[] => faultsOf(HOST, args);
