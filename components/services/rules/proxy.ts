/** Rules on the proxy: its error pages, ports and address. */
import { isIP } from "node:net";
import { DEFAULTS } from "../defaults.ts";
import { quoted } from "../shape-parts.ts";
import { code, pathOf, type Rule, type System, type View } from "./rule.ts";
import type { ProxyArgs } from "../proxy-args.ts";

/** Its port for HTTP, and that of its status page, if it has one. */
export function portsOf({ args }: View<ProxyArgs>) {
  const { port = DEFAULTS.proxy.port, statusPage = DEFAULTS.proxy.statusPage } = args;
  const status =
    statusPage === false ? undefined : (statusPage.port ?? DEFAULTS.proxy.statusPage.port);
  return { port, status };
}

function* errorPages({ proxies }: System) {
  for (const proxy of proxies) {
    for (const [status, html] of Object.entries(proxy.args.errorPages ?? {})) {
      yield { proxy, status, html, path: pathOf(proxy.name, "errorPages", status) };
    }
  }
}

/** What HAProxy answers with by itself. */
const ERROR_STATUSES = ["400", "403", "408", "413", "429", "500", "502", "503", "504"];
/** HAProxy keeps an error page in one buffer of 16 KiB, with its headers and room to rewrite them. */
const ERROR_PAGE_BYTES = 14 * 1024;
export const PROXY_RULES: Rule[] = [
  {
    id: "error-page-status",
    about: "An error page is for a status that the proxy answers with by itself.",
    *check(system) {
      for (const { proxy, status, path } of errorPages(system)) {
        if (ERROR_STATUSES.includes(status)) continue;
        yield {
          path,
          message: `Proxy \`${proxy.name}\` has an error page for ${code(status)}, which it never answers with by itself.`,
          fix: `Give pages for ${quoted(ERROR_STATUSES)}.`,
        };
      }
    },
  },
  {
    id: "error-page-size",
    about: "An error page has from 1 byte to 14 KiB.",
    *check(system) {
      for (const { proxy, status, html, path } of errorPages(system)) {
        const bytes = Buffer.byteLength(html, "utf8");
        if (bytes > 0 && bytes <= ERROR_PAGE_BYTES) continue;
        yield {
          path,
          message: `The error page for ${code(status)} of proxy \`${proxy.name}\` has ${bytes} bytes.`,
          fix: `Give HTML of 1 to ${ERROR_PAGE_BYTES} bytes; pictures and styles can be elsewhere.`,
        };
      }
    },
  },
  {
    id: "proxy-bind",
    about: "A proxy's port is open on an IP address.",
    *check({ proxies }) {
      for (const { name, args } of proxies) {
        if (args.bind === undefined || isIP(args.bind) !== 0) continue;
        yield {
          path: pathOf(name, "bind"),
          message: `\`${args.bind}\`, the address of proxy \`${name}\`, is no IP address.`,
          fix: "Give `127.0.0.1` for this machine alone, `0.0.0.0` for the world, or one of the machine's.",
        };
      }
    },
  },
  {
    id: "proxy-ports",
    about: "A proxy's public port and its status page's differ.",
    *check({ proxies }) {
      for (const proxy of proxies) {
        const { port, status } = portsOf(proxy);
        if (port !== status) continue;
        yield {
          path: pathOf(proxy.name, "statusPage", "port"),
          message: `Proxy \`${proxy.name}\` has its status page on its public port ${port}.`,
          fix: "Give the status page another port.",
        };
      }
    },
  },
];
