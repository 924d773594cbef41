/** What is wrong with the arguments of an `Ec2Site` or an `Ec2Host`. Values that are known later are not looked at. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** What another resource gives is not known yet. */
const later = z.custom((value) => pulumi.Output.isInstance(value) || value instanceof Promise);
const text = (pattern: RegExp, what: string) => {
  const known = z.string(`must be ${what}`).regex(pattern, `must be ${what}`);
  return z.unknown().superRefine((value, context) => {
    if (later.safeParse(value).success || known.safeParse(value).success) return;
    context.addIssue({ code: "custom", message: `must be ${what}` });
  });
};
const whole = (from: number, to: number, unit = "") => {
  const message = `must be a whole number from ${from} to ${to}${unit}`;
  return z.int(message).min(from, message).max(to, message);
};
const yesOrNo = z.boolean("must be true or false").optional();
const NETWORK = "must be a network, e.g. `203.0.113.0/24`";
const network = z.union([z.cidrv4(), z.cidrv6()], NETWORK);
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
    sshFrom: z
      .array(network, 'must be a list of networks, e.g. `["203.0.113.0/24"]`')
      .min(1, "must name at least one network: the one from which you deploy"),
    ports: z.array(whole(1, 65535), "must be a list of ports, e.g. `[80, 443]`"),
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

const KEY =
  /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}( [^\r\n]*)?$/;
const USER = "must be the name of a user, e.g. `deploy`, and not `root`";
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
  user: z
    .string(USER)
    .regex(/^(?!root$)[a-z_][a-z0-9_-]{0,31}$/, USER)
    .optional(),
  authorizedKeys: z
    .array(
      z.string().regex(KEY, "must be one line of a `.pub` file: `ssh-ed25519 AAAA…`"),
      "must be a list of public keys",
    )
    .min(1, "must hold at least one public key: nobody could log in"),
  identityFile: z.string("must be a path").min(1, "must be a path").optional(),
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
  docker: z.looseObject({}, "must be an object, e.g. `{}`").optional(),
  firewall: z.looseObject({}, "must be an object, e.g. `{ ports: [80, 443] }`").optional(),
  tags,
});

/** All of them, each with its property; none if there is nothing wrong. */
export const findSiteFaults = (args: unknown): string[] => faultsOf(SITE, args);
/** @see findSiteFaults */
export const findHostFaults = (args: unknown): string[] => faultsOf(HOST, args);

/** @throws pulumi.RunError with all of them. */
export function refuse(what: string, problems: string[]): void {
  if (problems.length === 0) return;
  throw new pulumi.RunError(problems.map((line) => `${what}: ${line}`).join("\n"));
}

function faultsOf(schema: z.ZodType, args: unknown): string[] {
  return (schema.safeParse(args).error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map(
          (key) => `\`${[...issue.path, key].join(".")}\` is not a known property: remove it`,
        )
      : `\`${issue.path.join(".")}\` ${issue.message}`,
  );
}
