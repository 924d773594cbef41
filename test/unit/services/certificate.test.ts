/** Certificates of a real CA, made by OpenSSL for this test. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCertificate } from "../../../components/services/values/certificate.ts";
import { type Pair, TestAuthority } from "../../support/certificates.ts";

const DAY = 86_400_000;
const NOW = Date.now() + 60_000;
const NAMES = "DNS:shop.example.com,DNS:*.example.org";
let authority: TestAuthority;
let ca: Pair;
let site: Pair;

beforeAll(() => {
  authority = new TestAuthority();
  ca = authority.root;
  site = authority.issue(NAMES);
});
afterAll(() => authority.remove());

function check(certificate: string, key: string, domains: string[] = [], now = NOW) {
  const { problems, warnings } = checkCertificate({ certificate, key }, domains, now);
  const texts = (all: typeof problems) => all.map((one) => `${one.property}: ${one.message}`);
  return { problems: texts(problems), warnings: texts(warnings) };
}

const NO_KEY = "key: The key is no private key in PEM, or has a passphrase.";
const NO_CERTIFICATE = "certificate: The certificate is not in PEM, or is damaged.";

describe("checkCertificate", () => {
  it("takes a chain in order that names all domains", () => {
    const domains = ["shop.example.com", "a.example.org", "*.example.org"];
    expect(check(site.certificate + ca.certificate, site.key, domains)).toEqual({
      problems: [],
      warnings: [],
    });
  });

  it("reports all problems at once", () => {
    expect(check("nonsense", "nonsense").problems).toEqual([NO_KEY, NO_CERTIFICATE]);
    expect(check(authority.issue(NAMES, "rsa1024").certificate, site.key).problems).toEqual([
      "certificate: The certificate has an RSA key of 1024 bits.",
      "key: The key is not the certificate's.",
    ]);
  });

  it("refuses a key of another certificate, with a passphrase, and a weak curve", () => {
    expect(check(site.certificate, authority.issue(NAMES).key).problems).toEqual([
      "key: The key is not the certificate's.",
    ]);
    expect(check(site.certificate, authority.lock(site)).problems).toEqual([NO_KEY]);
    const curve = authority.issue(NAMES, "secp256k1");
    expect(check(curve.certificate, curve.key).problems).toEqual([
      "certificate: The certificate has a key on the curve secp256k1.",
    ]);
  });

  it("refuses a damaged certificate and a chain in the wrong order", () => {
    const damaged = site.certificate.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    expect(check(damaged, site.key).problems).toEqual([NO_CERTIFICATE]);
    expect(check(ca.certificate + site.certificate, ca.key).problems).toEqual([
      "certificate: Certificate 2 of the chain is not the issuer of certificate 1.",
    ]);
  });

  it("refuses what is too much for a running proxy to be told", () => {
    const root = ca.certificate.repeat(30);
    const [first] = check(site.certificate + root, site.key).problems;
    expect(first).toMatch(
      /^certificate: The certificate and its key have \d{5} bytes together, more than 15360\.$/,
    );
  });

  it("refuses one that is expired or not valid yet, and warns 14 days before its end", () => {
    const at = (days: number) => check(site.certificate, site.key, [], NOW + days * DAY);
    const end = new Date(NOW + 90 * DAY - 60_000).toISOString().slice(0, 10);
    expect(at(75)).toEqual({ problems: [], warnings: [] });
    expect(at(77).problems).toEqual([]);
    expect(at(77).warnings).toEqual([
      `certificate: Certificate 1 of the chain expires soon: ${end}.`,
    ]);
    expect(at(91).problems).toEqual([
      `certificate: Certificate 1 of the chain has expired: ${end}.`,
    ]);
    expect(at(-2).problems).toEqual([
      expect.stringMatching(/^certificate: Certificate 1 of the chain is not valid before \d{4}-/),
    ]);
  });

  it("warns of domains that it does not name", () => {
    const domains = ["example.com", "a.b.example.org", "*.example.com"];
    expect(check(site.certificate, site.key, domains).warnings).toEqual(
      domains.map(
        (domain) =>
          `certificate: The certificate is not for \`${domain}\`: browsers will warn visitors.`,
      ),
    );
  });
});
