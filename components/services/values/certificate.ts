/** Checks a certificate and its key before anything is touched. No text here ever quotes the key. Pure. */
import { type KeyObject, X509Certificate, createPrivateKey } from "node:crypto";

/** A certificate with those that vouch for it, and its private key, both as PEM. */
export interface CertificatePair {
  /** The site's own certificate first, then each one's issuer; the root may be left out. */
  certificate: string;
  /** PKCS #8, PKCS #1 or SEC 1, without a passphrase. */
  key: string;
}

/** One thing that is wrong with a pair, or will soon be. */
export interface CertificateProblem {
  property: keyof CertificatePair;
  message: string;
  fix: string;
}

/** Days before its end from which a certificate is warned of. */
const WARN_DAYS = 14;
const DAY = 86_400_000;
/** Smallest RSA key, in bits. */
const RSA_BITS = 2048;
/** Curves that browsers take, as OpenSSL calls them. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Bytes of both in PEM that a running proxy can be told: its buffer has 16 KiB. */
const MOST_BYTES = 15 * 1024;

const RENEW = "Give a renewed certificate.";

/**
 * All that is wrong with a pair, and what only deserves a warning.
 * @param domains of the routes, in lower case; `*.example.com` is all below that.
 * @param now in milliseconds since the epoch.
 */
export function checkCertificate(
  { certificate, key }: CertificatePair,
  domains: readonly string[],
  now: number,
): { problems: CertificateProblem[]; warnings: CertificateProblem[] } {
  const chain = readChain(certificate);
  const secret = readKey(key);
  const about = (property: keyof CertificatePair, message: string, fix: string) => {
    return { property, message, fix };
  };
  const problems: CertificateProblem[] = [];
  if (secret === undefined) {
    problems.push(
      about(
        "key",
        "The key is no private key in PEM, or has a passphrase.",
        "Give the whole file, from `BEGIN … PRIVATE KEY` to its `END`, without a passphrase.",
      ),
    );
  }
  const leaf = chain?.[0];
  if (chain === undefined || leaf === undefined) {
    problems.push(
      about(
        "certificate",
        "The certificate is not in PEM, or is damaged.",
        "Give the whole file, e.g. `fullchain.pem`: one or more blocks `BEGIN CERTIFICATE`.",
      ),
    );
    return { problems, warnings: [] };
  }
  const weak = weakness(leaf.publicKey);
  if (weak !== undefined) {
    const fix = `Give one with an RSA key of at least ${RSA_BITS} bits or an EC key on P-256, P-384 or P-521.`;
    problems.push(about("certificate", `The certificate has ${weak}.`, fix));
  }
  const bytes = Buffer.byteLength(certificate) + Buffer.byteLength(key);
  if (bytes > MOST_BYTES) {
    const message = `The certificate and its key have ${bytes} bytes together, more than ${MOST_BYTES}.`;
    const fix =
      "Leave out what browsers have themselves: the root, and whatever is no certificate.";
    problems.push(about("certificate", message, fix));
  }
  if (secret !== undefined && !leaf.checkPrivateKey(secret)) {
    const fix = "Give the key that the first certificate was made for.";
    problems.push(about("key", "The key is not the certificate's.", fix));
  }
  for (const [index, issued] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined || isIssuer(issuer, issued)) continue;
    const message = `Certificate ${index + 2} of the chain is not the issuer of certificate ${index + 1}.`;
    const fix = "Give the site's own certificate first, then each one's issuer.";
    problems.push(about("certificate", message, fix));
  }
  const warnings: CertificateProblem[] = [];
  for (const [index, { validFrom, validTo }] of chain.entries()) {
    const which = `Certificate ${index + 1} of the chain`;
    const left = Date.parse(validTo) - now;
    if (left <= 0) {
      problems.push(about("certificate", `${which} has expired: ${day(validTo)}.`, RENEW));
    } else if (left < WARN_DAYS * DAY) {
      warnings.push(about("certificate", `${which} expires soon: ${day(validTo)}.`, RENEW));
    }
    if (Date.parse(validFrom) > now) {
      const fix = "Give one that is valid today, or set this computer's clock.";
      const message = `${which} is not valid before ${day(validFrom)}.`;
      problems.push(about("certificate", message, fix));
    }
  }
  for (const domain of domains.filter((each) => !covers(leaf, each))) {
    const message = `The certificate is not for \`${domain}\`: browsers will warn visitors.`;
    warnings.push(about("certificate", message, "Give one that names every route's domain."));
  }
  return { problems, warnings };
}

/** The certificates in a text, in its order. @throws if one is damaged. */
export function chainOf(text: string): X509Certificate[] {
  return (text.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

function readChain(text: string): X509Certificate[] | undefined {
  try {
    return chainOf(text);
  } catch {
    return undefined;
  }
}

function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined; // OpenSSL's words help nobody
  }
}

/** What is weak about a key, in words; undefined if nothing. */
function weakness({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === "rsa") {
    const bits = details?.modulusLength ?? 0;
    return bits < RSA_BITS ? `an RSA key of ${bits} bits` : undefined;
  }
  if (type !== "ec") return `a key of type ${type}`;
  const curve = details?.namedCurve ?? "";
  return CURVES.includes(curve) ? undefined : `a key on the curve ${curve}`;
}

function isIssuer(issuer: X509Certificate, issued: X509Certificate): boolean {
  return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}

/** Browsers look at the alternative names alone, and a `*` stands for one label. */
function covers(leaf: X509Certificate, domain: string): boolean {
  if (!domain.startsWith("*.")) return leaf.checkHost(domain, { subject: "never" }) !== undefined;
  const names = (leaf.subjectAltName ?? "").toLowerCase().split(", ");
  return names.includes(`dns:${domain}`);
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
