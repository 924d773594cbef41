/** A fleet with HTTPS under mocks: what Pulumi is told of it, and what is refused before. */
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuthority } from "../support/certificates.ts";
import { type Registered, isSecret, mockPulumi, plain, settled } from "../support/program.ts";

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
const authority = new TestAuthority();
const pair = authority.issue("DNS:shop.example,DNS:*.shop.example");
let resources: Registered[];
let urls: Record<string, string>;

const find = (name: string) => {
  const [found, ...more] = resources.filter((entry) => entry.name === name);
  if (found === undefined || more.length > 0) throw new Error(`not one ${name}`);
  return found.inputs;
};

beforeAll(async () => {
  resources = await mockPulumi("shop", "prod");
  const { Fleet } = await import("../../components/fleet/index.ts");
  const { LocalHost } = await import("../../components/hosts/index.ts");
  const { app, defineServices, proxy } = await import("../../components/services/index.ts");
  const build = (name: string, tls?: object) => {
    const services = defineServices({
      proxy: proxy({
        ...{ image, routes: [{ to: "app" }], bind: "0.0.0.0" },
        ...(tls && {
          tls: { ...tls, certificate: pair.certificate, key: pulumi.secret(pair.key) },
        }),
      }),
      app: app({ image, port: 80 }),
    });
    const hosts = [new LocalHost(name, { dockerHost: "unix:///engine.sock" })];
    const fleet = new Fleet(name, { services, hosts, subnet: "10.201.7.0/24" });
    fleet.urls.apply((found) => Object.assign(urls, found));
  };
  urls = {};
  build("plain");
  build("secure", { hsts: {} });
  await settled();
});
afterAll(() => authority.remove());

const request = (name: string) =>
  JSON.parse(String(plain(find(`${name}-release-run`).stdin))) as Record<string, unknown> & {
    settings: object;
    ledger: { snapshot: object };
  };

describe("a fleet with HTTPS", () => {
  it("opens its port beside that of HTTP", () => {
    const ports = (name: string) => find(`${name}-${name}-forwarder`).ports;
    expect(ports("secure")).toEqual([
      { internal: 60080, external: 80, ip: "0.0.0.0" },
      { internal: 60443, external: 443, ip: "0.0.0.0" },
      { internal: 60404, external: 8404, ip: "127.0.0.1" },
    ]);
    expect(ports("plain")).toHaveLength(2);
    expect(urls).toMatchObject({
      plain: expect.stringMatching(/^http:.*:80$/) as string,
      secure: expect.stringMatching(/^https:.*:443$/) as string,
    });
  });

  it("tells the release the certificate and the key, as a secret, and the ledger neither", () => {
    expect(isSecret(find("secure-release-run").stdin)).toBe(true);
    const { certificate, settings, ledger } = request("secure");
    expect(certificate).toEqual({
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      chain: pair.certificate,
      key: pair.key,
    });
    const hsts = { maxAge: 31536000, includeSubDomains: false, preload: false };
    expect(settings).toMatchObject({
      tls: { port: 60443, publicPort: 443, redirect: true, hsts },
    });
    const [, line = ""] = pair.key.split("\n");
    expect(JSON.stringify(ledger)).not.toContain(line);
    const others = resources.filter(({ name }) => name !== "secure-release-run");
    expect(JSON.stringify(others)).not.toContain(line);
  });

  it("shows people which certificate it is", () => {
    const { environment } = find("secure-release-run") as { environment: Record<string, string> };
    expect(environment.LONGSHORE_CERTIFICATE).toMatch(
      /^shop\.example, \*\.shop\.example until \d{4}-\d\d-\d\d \([0-9a-f]{16}\)$/,
    );
  });

  it("is told nothing of it where there is none", () => {
    expect(Object.keys(request("plain"))).not.toContain("certificate");
    expect(Object.keys(request("plain").settings)).not.toContain("tls");
    expect(Object.keys(find("plain-release-run").environment as object)).toEqual([
      "LONGSHORE_RELEASE_APP",
    ]);
    expect(isSecret(find("secure-preflight-run").stdin)).toBe(false);
  });
});

describe("a certificate that is known late", () => {
  it("is refused with all that is wrong, and nothing of the key", async () => {
    const { soundCertificate } = await import("../../components/fleet/resources/certificate.ts");
    const weak = authority.issue("DNS:shop.example", "rsa1024");
    expect(() => soundCertificate("proxy", { ...weak, key: pair.key }, [])).toThrow(
      new pulumi.RunError(
        "The certificate of proxy `proxy` has 2 problems; no host was touched.\n" +
          "  - proxy.tls.certificate: The certificate has an RSA key of 1024 bits. Give one with an RSA key of at " +
          "least 2048 bits or an EC key on P-256, P-384 or P-521.\n" +
          "  - proxy.tls.key: The key is not the certificate's. Give the key that the first certificate was made for.",
      ),
    );
  });

  it("is taken with a warning where it is not for a route's domain", async () => {
    const { soundCertificate } = await import("../../components/fleet/resources/certificate.ts");
    const domains = ["a.shop.example", "other.example"];
    const { sound, warnings } = soundCertificate("proxy", pair, domains);
    expect(sound).toEqual({ ...sound, chain: pair.certificate, key: pair.key });
    expect(warnings).toEqual([
      "proxy.tls.certificate: The certificate is not for `other.example`: browsers will warn visitors. " +
        "Give one that names every route's domain.",
    ]);
  });
});
