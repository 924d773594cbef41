/** What is wrong with the arguments of an `EcsLoadBalancer`. Values that are known later are not looked at. */
import { z } from "zod";
import { tags } from "../../hosts/ec2/tags.ts";
import { faultsOf, text, yesOrNo } from "../../hosts/first-contact/faults.ts";
import type { Services } from "../../services/index.ts";
import { asciiDomain } from "../../services/values/domain.ts";
import { arn, component, nameFaults, tooManyTags } from "../values.ts";
import { findTargetFaults, targetsOf } from "./targets.ts";

const DOMAIN = "must be a host name as DNS has it, e.g. `shop.example.com`";
/** ACM's: `*.` and more in all. */
const domainName = z
  .string(DOMAIN)
  .max(253, DOMAIN)
  .refine((name) => asciiDomain(name) === name, DOMAIN);
/** The first name is the certificate's common name, too. */
const LONGEST_NAME = 64;

const LOAD_BALANCER = z
  .strictObject({
    network: component("publicSubnetIds", "EcsNetwork"),
    services: component("byName", "Services"),
    certificateArn: arn(
      "acm",
      /certificate\/[a-z0-9-]+/,
      "a certificate's ARN",
      "arn:aws:acm:eu-central-1:123456789012:certificate/0123…",
    ).optional(),
    domain: z
      .strictObject(
        {
          name: domainName.refine(
            (name) => name.length <= LONGEST_NAME,
            `must have at most ${LONGEST_NAME} characters: give a longer one in \`others\``,
          ),
          zoneId: text(/^Z[A-Z0-9]{1,31}$/, "a hosted zone's id, e.g. `Z0123456789ABCDEFGHIJ`"),
          others: z
            .array(domainName, "must be a list of host names")
            // The most that ACM takes without a higher quota, the first one among them.
            .max(9, "must be at most 9")
            .optional(),
        },
        "must be an object, e.g. `{ name, zoneId }`",
      )
      .superRefine(({ name, others = [] }, context) => {
        const all = [name, ...others];
        for (const [at, other] of others.entries())
          if (all.indexOf(other) <= at)
            context.addIssue({
              code: "custom",
              path: ["others", at],
              message: "is there already: remove it",
            });
      })
      .optional(),
    tlsPolicy: z
      .string("must be a policy of AWS for load balancers")
      .regex(
        /^ELBSecurityPolicy-TLS13-1-[23]-[A-Za-z0-9-]+$/,
        "must be a policy of AWS with TLS 1.3 and nothing older than 1.2, e.g. `ELBSecurityPolicy-TLS13-1-3-2021-06`",
      )
      .optional(),
    deletionProtection: yesOrNo,
    accessLogs: z
      .strictObject(
        {
          bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name"),
          prefix: z
            .string("must be text")
            .regex(/^(?!.*AWSLogs)[^/].*[^/]$/, "must not begin or end with `/`, or have `AWSLogs`")
            .optional(),
        },
        "must be an object, e.g. `{ bucket }`",
      )
      .optional(),
    shifted: z.array(z.string(), "must be a list of services").optional(),
    tags,
  })
  .superRefine((args, context) => {
    const services = args.services as Services;
    const complain = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: "custom", path, message });
    if (services.proxy === undefined) {
      complain("must have a proxy, whose routes say what goes where", "services");
      return;
    }
    const keys = targetsOf(services).map(({ key }) => key);
    for (const [at, key] of (args.shifted ?? []).entries())
      if (!keys.includes(key)) complain(`must have a route: \`${key}\` has none`, "shifted", at);
  });

/** All of them, each with its property; none if there is nothing wrong. */
export function findLoadBalancerFaults(name: string, args: unknown): string[] {
  const problems = [...nameFaults(name), ...faultsOf(LOAD_BALANCER, args)];
  const known = (args ?? {}) as Partial<Record<string, unknown>>;
  const services = known.services as Services | undefined;
  const hasCertificate =
    known.certificateArn !== undefined ||
    known.domain !== undefined ||
    services?.proxy?.tls !== undefined;
  return [
    ...problems,
    ...(services?.proxy === undefined ? [] : findTargetFaults(services, hasCertificate)),
    ...tooManyTags(known.tags as object | undefined, known.network),
  ];
}
