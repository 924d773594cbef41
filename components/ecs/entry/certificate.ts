/** The certificate that a load balancer shows: one that is there, one that AWS issues, or the definition's own. */
import { createPrivateKey } from "node:crypto";
import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import { Record as DnsRecord } from "@pulumi/aws/route53/record.js";
import * as pulumi from "@pulumi/pulumi";
import type { Proxy, Tls } from "../../services/index.ts";
import { chainOf, checkCertificate } from "../../services/values/certificate.ts";

/** Names in a zone of Route 53. */
export interface DomainArgs {
  /**
   * The name that visitors know, in the form of DNS.
   * @example "shop.example.com"
   */
  name: string;
  /** Of the hosted zone that the names are in. */
  zoneId: pulumi.Input<string>;
  /**
   * More names in the same zone, for the same certificate.
   * @default []
   * @example ["www.example.com", "*.shop.example.com"]
   */
  others?: string[];
}

/**
 * Has AWS issue a certificate, which it renews by itself as long as the records of the validation are there.
 * @returns its ARN, once it is issued.
 */
export function issueCertificate(
  name: string,
  { name: domainName, zoneId, others = [] }: DomainArgs,
  tags: Record<string, string>,
  parent: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const certificate = new Certificate(
    `${name}-certificate`,
    {
      ...{ domainName, subjectAlternativeNames: others, validationMethod: "DNS" },
      tags,
    },
    parent,
  );
  // A name and all below it are proved by one record.
  const proved = new Set([domainName, ...others].map((each) => each.replace(/^\*\./, "")));
  const records = [...proved].sort().map((each) => {
    const wanted = certificate.domainValidationOptions.apply((options) =>
      options.find((option) => option.domainName.replace(/^\*\./, "") === each),
    );
    return new DnsRecord(
      `${name}-proof-${each}`,
      {
        zoneId,
        name: wanted.apply((option) => option?.resourceRecordName ?? ""),
        type: wanted.apply((option) => option?.resourceRecordType ?? ""),
        records: [wanted.apply((option) => option?.resourceRecordValue ?? "")],
        ttl: 60,
        // Another certificate of the account for the same name has the same record.
        allowOverwrite: true,
      },
      parent,
    );
  });
  return new CertificateValidation(
    `${name}-certificate`,
    { certificateArn: certificate.arn, validationRecordFqdns: records.map(({ fqdn }) => fqdn) },
    parent,
  ).certificateArn;
}

/**
 * Imports the definition's certificate; another one takes its place under the same ARN.
 * @returns its ARN, which fails with all that is wrong with the certificate.
 */
export function importCertificate(
  name: string,
  proxy: Proxy,
  tls: Tls,
  tags: Record<string, string>,
  parent: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const domains = proxy.routes.flatMap(({ domain }) => domain ?? []);
  const parts = pulumi.all([tls.certificate, tls.key]).apply(([certificate, key]) => {
    const { sound, warnings } = soundParts(proxy.name, { certificate, key }, domains);
    for (const line of warnings) void pulumi.log.warn(line, parent.parent);
    return sound;
  });
  return new Certificate(
    `${name}-certificate`,
    {
      // Nothing of it is secret, visitors are shown it.
      certificateBody: pulumi.unsecret(parts.apply(({ body }) => body)),
      certificateChain: pulumi.unsecret(parts.apply(({ chain }) => chain)) as pulumi.Output<string>,
      privateKey: pulumi.secret(parts.apply(({ key }) => key)),
      tags,
    },
    parent,
  ).arn;
}

/**
 * The parts that ACM wants apart, and what deserves a warning.
 * @throws pulumi.RunError with all that is wrong.
 */
export function soundParts(
  proxy: string,
  pair: { certificate: string; key: string },
  domains: string[],
): { sound: { body: string; chain: string | undefined; key: string }; warnings: string[] } {
  const { problems, warnings } = checkCertificate(pair, domains, Date.now());
  const lines = (all: typeof problems) =>
    all.map(({ property, message, fix }) => `${proxy}.tls.${property}: ${message} ${fix}`);
  if (problems.length > 0) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    const head = `The certificate of proxy \`${proxy}\` has ${count}; it was not imported.`;
    throw new pulumi.RunError([head, ...lines(problems).map((line) => `  - ${line}`)].join("\n"));
  }
  const [body = "", ...issuers] = chainOf(pair.certificate).map(String);
  const key = createPrivateKey(pair.key).export({ type: "pkcs8", format: "pem" }) as string;
  const chain = issuers.length === 0 ? undefined : issuers.join("");
  return { sound: { body, chain, key }, warnings: lines(warnings) };
}
