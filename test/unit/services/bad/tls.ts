/** Bad definitions: HTTPS at the proxy. */
import { generateKeyPairSync } from "node:crypto";
import { edge, type Row, web } from "./row.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = privateKey.export({ type: "pkcs8", format: "pem" });
/** Known later, and then looked at by the runtime. */
const later = { certificate: Promise.resolve(""), key: Promise.resolve("") };
const secured = (tls: object, args: object = {}) => ({ ...web(), ...edge({ tls, ...args }) });

export const TLS_ROWS: Row[] = [
  {
    rule: "tls-acme",
    definition: secured({ certificate: "acme" }),
    path: "edge.tls.certificate",
    message: "`tls.certificate` of proxy `edge` is `acme`, which comes in a later version.",
    fix: "Give a certificate and its key in PEM, e.g. from secrets.",
  },
  {
    rule: "tls-key",
    definition: secured({ certificate: "a certificate" }),
    path: "edge.tls.key",
    message: "The certificate of proxy `edge` has no key.",
    fix: 'Give `tls.key`, e.g. `config.requireSecret("tlsKey")`.',
  },
  {
    rule: "tls-certificate",
    definition: secured({ certificate: "a certificate", key }),
    path: "edge.tls.certificate",
    message: "The certificate is not in PEM, or is damaged.",
    fix: "Give the whole file, e.g. `fullchain.pem`: one or more blocks `BEGIN CERTIFICATE`.",
  },
  {
    rule: "tls-port",
    definition: secured({ ...later, port: 80 }),
    path: "edge.tls.port",
    message: "Proxy `edge` has HTTPS on port 80, which is that of HTTP.",
    fix: "Give one of them another port.",
  },
  {
    rule: "tls-port",
    definition: secured(later, { statusPage: { port: 443 } }),
    path: "edge.tls.port",
    message: "Proxy `edge` has HTTPS on port 443, which is that of its status page.",
    fix: "Give one of them another port.",
  },
  {
    rule: "hsts-preload",
    definition: secured({ ...later, hsts: { preload: true, includeSubDomains: true, maxAge: 60 } }),
    path: "edge.tls.hsts.preload",
    message: "Browsers do not take `hsts.preload` of proxy `edge` as it is.",
    fix: "Give `includeSubDomains: true` and a `maxAge` of at least 31536000, or remove it.",
  },
  {
    rule: "hsts-preload",
    definition: secured({ ...later, hsts: { preload: true } }),
    path: "edge.tls.hsts.preload",
    message: "Browsers do not take `hsts.preload` of proxy `edge` as it is.",
    fix: "Give `includeSubDomains: true` and a `maxAge` of at least 31536000, or remove it.",
  },
  {
    rule: "property-missing",
    definition: secured({ key: later.key }),
    path: "edge.tls.certificate",
    message: "`tls.certificate` of service `edge` is missing.",
    fix: "Give text or an output of text.",
  },
  {
    rule: "property-type",
    definition: secured({ ...later, key: Buffer.from("s3cret") }),
    path: "edge.tls.key",
    message: "`tls.key` of service `edge` is an object.",
    fix: "Give text or an output of text.",
  },
];
