/** Certificates of a real CA, made by OpenSSL for this test. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCertificate } from "../../../components/services/values/certificate.ts";

const P256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const DAY = 86_400_000;
const NOW = Date.now() + 60_000;
let folder = "";
const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name), "utf8");
const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });

/** A pair `NAME.pem`, `NAME.key`, valid for 90 days. */
function make(name: string, type: string[], issuer: string[], extension: string) {
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
  const what = ["-subj", `/CN=${name}`, "-days", "90", "-addext", extension];
  openssl("req", "-x509", "-nodes", "-newkey", ...type, ...files, ...what, ...issuer);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-certificate-"));
  make("ca", P256, [], "keyUsage=keyCertSign");
  const issuer = ["-CA", path("ca.pem"), "-CAkey", path("ca.key")];
  const names = "subjectAltName=DNS:shop.example.com,DNS:*.example.org";
  make("site", P256, issuer, names);
  make("other", P256, issuer, names);
  make("short", ["rsa:1024"], issuer, names);
  make("curve", ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], issuer, names);
  writeFileSync(path("locked.key"), "");
  openssl(
    ...["pkey", "-in", path("site.key"), "-aes256", "-passout", "pass:x"],
    ...["-out", path("locked.key")],
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

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
    expect(check(read("site.pem") + read("ca.pem"), read("site.key"), domains)).toEqual({
      problems: [],
      warnings: [],
    });
  });

  it("reports all problems at once", () => {
    expect(check("nonsense", "nonsense").problems).toEqual([NO_KEY, NO_CERTIFICATE]);
    expect(check(read("short.pem"), read("site.key")).problems).toEqual([
      "certificate: The certificate has an RSA key of 1024 bits.",
      "key: The key is not the certificate's.",
    ]);
  });

  it("refuses a key of another certificate, with a passphrase, and a weak curve", () => {
    expect(check(read("site.pem"), read("other.key")).problems).toEqual([
      "key: The key is not the certificate's.",
    ]);
    expect(check(read("site.pem"), read("locked.key")).problems).toEqual([NO_KEY]);
    expect(check(read("curve.pem"), read("curve.key")).problems).toEqual([
      "certificate: The certificate has a key on the curve secp256k1.",
    ]);
  });

  it("refuses a damaged certificate and a chain in the wrong order", () => {
    const damaged = read("site.pem").replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    expect(check(damaged, read("site.key")).problems).toEqual([NO_CERTIFICATE]);
    expect(check(read("ca.pem") + read("site.pem"), read("ca.key")).problems).toEqual([
      "certificate: Certificate 2 of the chain is not the issuer of certificate 1.",
    ]);
  });

  it("refuses one that is expired or not valid yet, and warns 14 days before its end", () => {
    const at = (days: number) => check(read("site.pem"), read("site.key"), [], NOW + days * DAY);
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
    expect(check(read("site.pem"), read("site.key"), domains).warnings).toEqual(
      domains.map(
        (domain) =>
          `certificate: The certificate is not for \`${domain}\`: browsers will warn visitors.`,
      ),
    );
  });
});
