/** Rules on HTTPS at the proxy: its port, its certificate, what browsers are told. */
import { DEFAULTS } from "../defaults.ts";
import { ACME, type TlsArgs } from "../tls.ts";
import { checkCertificate } from "../values/certificate.ts";
import { pathOf, type Rule, type System } from "./rule.ts";
import { portsOf } from "./proxy.ts";

function* secured({ proxies }: System) {
  for (const proxy of proxies) {
    const { tls } = proxy.args;
    if (tls !== undefined) yield { proxy, name: proxy.name, tls };
  }
}

const path = (name: string, ...keys: (keyof TlsArgs)[]) => pathOf(name, "tls", ...keys);

/** What browsers' lists ask for, in seconds: a year. */
const PRELOAD_AGE = 31_536_000;

export const TLS_RULES: Rule[] = [
  {
    id: "tls-acme",
    about: "A certificate is given: those that are ordered by themselves come later.",
    *check(system) {
      for (const { name, tls } of secured(system)) {
        if (tls.certificate !== ACME) continue;
        yield {
          path: path(name, "certificate"),
          message: `\`tls.certificate\` of proxy \`${name}\` is \`${ACME}\`, which comes in a later version.`,
          fix: "Give a certificate and its key in PEM, e.g. from secrets.",
        };
      }
    },
  },
  {
    id: "tls-key",
    about: "A certificate comes with its key.",
    *check(system) {
      for (const { name, tls } of secured(system)) {
        if (tls.key !== undefined || tls.certificate === ACME) continue;
        yield {
          path: path(name, "key"),
          message: `The certificate of proxy \`${name}\` has no key.`,
          fix: 'Give `tls.key`, e.g. `config.requireSecret("tlsKey")`.',
        };
      }
    },
  },
  {
    id: "tls-certificate",
    about: "A certificate and its key fit each other, and browsers take them today.",
    *check(system) {
      for (const { name, tls } of secured(system)) {
        const { certificate, key } = tls;
        if (typeof certificate !== "string" || typeof key !== "string") continue;
        if (certificate === ACME) continue;
        const { problems } = checkCertificate({ certificate, key }, [], Date.now());
        for (const { property, message, fix } of problems) {
          yield { path: path(name, property), message, fix };
        }
      }
    },
  },
  {
    id: "tls-port",
    about: "The port of HTTPS is neither that of HTTP nor that of the status page.",
    *check(system) {
      for (const { proxy, name, tls } of secured(system)) {
        const { port: http, status } = portsOf(proxy);
        const { port = DEFAULTS.proxy.tls.port } = tls;
        if (port !== http && port !== status) continue;
        yield {
          path: path(name, "port"),
          message: `Proxy \`${name}\` has HTTPS on port ${port}, which is that of ${port === http ? "HTTP" : "its status page"}.`,
          fix: "Give one of them another port.",
        };
      }
    },
  },
  {
    id: "hsts-preload",
    about: "What browsers shall have built in is for all subdomains and for at least a year.",
    *check(system) {
      for (const { name, tls } of secured(system)) {
        if (tls.hsts === undefined || tls.hsts === false || tls.hsts.preload !== true) continue;
        const { maxAge, includeSubDomains } = { ...DEFAULTS.proxy.tls.hsts, ...tls.hsts };
        if (includeSubDomains && maxAge >= PRELOAD_AGE) continue;
        yield {
          path: pathOf(name, "tls", "hsts", "preload"),
          message: `Browsers do not take \`hsts.preload\` of proxy \`${name}\` as it is.`,
          fix: `Give \`includeSubDomains: true\` and a \`maxAge\` of at least ${PRELOAD_AGE}, or remove it.`,
        };
      }
    },
  },
];
