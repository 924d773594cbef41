import { rootCertificates } from "node:tls";
import { join } from "node:path";
import { expect, test } from "vitest";
import { privateCertificates } from "../../../components/images/context/ca.ts";
import { tempFolder } from "./temp.ts";

const PRIVATE = certificate("UHJpdmF0ZQ==");
const OTHER = certificate("T3RoZXI=");
const [PUBLIC = ""] = rootCertificates;

function certificate(body: string): string {
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

test("gives the private certificates of a bundle, once each", () => {
  const bundle = `# comment\n${PUBLIC}\n${PRIVATE}${rootCertificates[1]}\n${OTHER}${PRIVATE}`;
  const folder = tempFolder({ "ca.pem": bundle });
  expect(privateCertificates(join(folder, "ca.pem"), {})).toBe(PRIVATE + OTHER);
});

test("knows a public certificate by other line breaks", () => {
  const rewrapped = PUBLIC.replace(/\n/g, "\r\n");
  const folder = tempFolder({ "ca.pem": rewrapped + "\r\n" + PRIVATE });
  expect(privateCertificates(join(folder, "ca.pem"), {})).toBe(PRIVATE);
});

test("takes what the environment names, both variables, if no path is given", () => {
  const folder = tempFolder({ "a.pem": PRIVATE, "b.pem": OTHER });
  const [a, b] = [join(folder, "a.pem"), join(folder, "b.pem")];
  expect(privateCertificates(undefined, { SSL_CERT_FILE: a })).toBe(PRIVATE);
  expect(privateCertificates(undefined, { NODE_EXTRA_CA_CERTS: b })).toBe(OTHER);
  expect(privateCertificates(undefined, { SSL_CERT_FILE: a, NODE_EXTRA_CA_CERTS: b })).toBe(
    PRIVATE + OTHER,
  );
  expect(privateCertificates(b, { SSL_CERT_FILE: a })).toBe(OTHER);
});

test("is empty where there is none", () => {
  const folder = tempFolder({ "public.pem": PUBLIC });
  expect(privateCertificates(undefined, {})).toBe("");
  expect(privateCertificates(undefined, { SSL_CERT_FILE: "" })).toBe("");
  expect(privateCertificates(join(folder, "public.pem"), {})).toBe("");
});

test("names what names a bundle that cannot be read", () => {
  const missing = join(tempFolder(), "missing.pem");
  expect(() => privateCertificates(missing, {})).toThrow(
    `\`ca\` names the CA bundle \`${missing}\`, which cannot be read (ENOENT). Name one that can, or unset it.`,
  );
  expect(() => privateCertificates(undefined, { SSL_CERT_FILE: missing })).toThrow(
    "`SSL_CERT_FILE` names",
  );
});
