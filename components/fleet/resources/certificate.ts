/** The definition's certificate, checked once it is known, and as the release tells it to the proxies. */
import { type X509Certificate, createHash, createPrivateKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Proxy } from "../../services/index.ts";
import {
  type CertificatePair,
  chainOf,
  checkCertificate,
} from "../../services/values/certificate.ts";
import type { Certificate } from "../types.ts";

/** A certificate in words: nothing in it is secret, visitors are shown it. */
export interface CertificateLine {
  fingerprint: string;
  /** `shop.example.com, *.example.org until 2027-03-01 (1a2b3c4d5e6f7a8b)` */
  text: string;
}

/** What the proxies get, and what people read. */
export interface CheckedCertificate {
  /** Secret. */
  told: pulumi.Output<Certificate>;
  line: pulumi.Output<CertificateLine>;
}

/**
 * Checks the certificate as soon as it is known.
 * @param resource that warnings are shown at.
 * @returns outputs that fail with all problems, before anything that depends on them is touched; undefined: HTTP alone.
 */
export function requireCertificate(
  { tls, name, routes }: Proxy,
  resource: pulumi.Resource,
): CheckedCertificate | undefined {
  if (tls === undefined) return undefined;
  const domains = routes.flatMap(({ domain }) => domain ?? []);
  const told = pulumi.all([tls.certificate, tls.key]).apply(([certificate, key]) => {
    const { sound, warnings } = soundCertificate(name, { certificate, key }, domains);
    for (const line of warnings) void pulumi.log.warn(line, resource);
    return sound;
  });
  // Derived from the certificate alone, which visitors are shown.
  return { told, line: pulumi.unsecret(told.apply(({ chain }) => lineOf(chain))) };
}

/**
 * The certificate of a proxy that is known by now, and what deserves a warning.
 * @throws pulumi.RunError with all that is wrong.
 */
export function soundCertificate(
  proxy: string,
  pair: CertificatePair,
  domains: string[],
): { sound: Certificate; warnings: string[] } {
  const { problems, warnings } = checkCertificate(pair, domains, Date.now());
  const lines = (all: typeof problems) =>
    all.map(({ property, message, fix }) => `${proxy}.tls.${property}: ${message} ${fix}`);
  if (problems.length > 0) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    const head = `The certificate of proxy \`${proxy}\` has ${count}; no host was touched.`;
    throw new pulumi.RunError([head, ...lines(problems).map((line) => `  - ${line}`)].join("\n"));
  }
  return { sound: toldOf(pair), warnings: lines(warnings) };
}

/** Without what is no PEM, and without empty lines, which would end it where a running proxy is told it. */
export function toldOf({ certificate, key }: CertificatePair): Certificate {
  const chain = chainOf(certificate);
  return {
    fingerprint: fingerprintOf(chain),
    chain: chain.map(String).join(""),
    key: createPrivateKey(key).export({ type: "pkcs8", format: "pem" }) as string,
  };
}

/** Of the whole chain: another issuer is told, too. The key is always the first certificate's. */
function fingerprintOf(chain: X509Certificate[]): string {
  const hash = createHash("sha256");
  for (const { raw } of chain) hash.update(raw);
  return hash.digest("hex").slice(0, 16);
}

function lineOf(pem: string): CertificateLine {
  const chain = chainOf(pem);
  const fingerprint = fingerprintOf(chain);
  const [leaf] = chain;
  const names = (leaf?.subjectAltName ?? "").replaceAll(/(DNS|IP Address):/g, "");
  const until = new Date(leaf?.validTo ?? 0).toISOString().slice(0, 10);
  return { fingerprint, text: `${names} until ${until} (${fingerprint})` };
}
