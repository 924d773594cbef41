/** Rules on the proxy: its routes, ports and address. */
import { isIP } from "node:net";
import { z } from "zod";
import type { ProxyArgs, RouteArgs } from "../args.ts";
import { DEFAULTS } from "../defaults.ts";
import { isUrlPath, plainPath } from "../url-path.ts";
import { protocolOf, targets } from "./links.ts";
import { code, pathOf, suggest, type Rule, type System, type View } from "./rule.ts";

function* routes({ proxies }: System) {
  for (const proxy of proxies) {
    for (const [index, route] of (proxy.args.routes ?? []).entries()) {
      yield { proxy, index, route, path: pathOf(proxy.name, "routes", index) };
    }
  }
}

const keyOf = ({ domain, path }: RouteArgs) =>
  JSON.stringify([domain?.toLowerCase(), plainPath(path ?? "/")]);

function portsOf({ args }: View<ProxyArgs>) {
  const { port = DEFAULTS.proxy.port, statusPage = DEFAULTS.proxy.statusPage } = args;
  const status =
    statusPage === false ? undefined : (statusPage.port ?? DEFAULTS.proxy.statusPage.port);
  return { port, status };
}

export const ROUTE_RULES: Rule[] = [
  {
    id: "route-none",
    about: "A proxy has a route.",
    *check({ proxies }) {
      for (const { name, args } of proxies) {
        if (args.routes?.length !== 0) continue;
        yield {
          path: pathOf(name, "routes"),
          message: `Proxy \`${name}\` has no route, so it would answer nothing.`,
          fix: 'Give at least one, e.g. `[{ to: "app" }]`.',
        };
      }
    },
  },
  {
    id: "route-unknown",
    about: "A route leads to a service.",
    *check(system) {
      const known = targets(system);
      for (const { proxy, route, path } of routes(system)) {
        if (system.names.includes(route.to)) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which is no service.`,
          fix: suggest(route.to, known, "No service is defined."),
        };
      }
    },
  },
  {
    id: "route-proxy",
    about: "No route leads to a proxy.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        if (!system.proxies.some(({ name }) => name === route.to)) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to proxy \`${route.to}\`.`,
          fix: "Name the service that shall answer.",
        };
      }
    },
  },
  {
    id: "route-portless",
    about: "A route leads to a service with a port.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        const target = system.services.find(({ name }) => name === route.to);
        if (target === undefined || target.role !== "worker" || target.has("port")) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which has no port.`,
          fix: `Give \`${pathOf(route.to, "port")}\`, or remove the route.`,
        };
      }
    },
  },
  {
    id: "route-tcp",
    about: "A route leads to a service that speaks HTTP.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        const target = system.services.find(({ name }) => name === route.to);
        if (target === undefined || protocolOf(target) === "http") continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which speaks TCP, not HTTP.`,
          fix: `Set \`${pathOf(route.to, "protocol")}\` to \`http\` if it does speak it, or remove the route.`,
        };
      }
    },
  },
  {
    id: "route-network",
    about: "A route leads to a service on the stack's network.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        const target = system.services.find(({ name }) => name === route.to);
        if ((target?.args.networkMode ?? "stack") === "stack") continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which is outside the stack's network.`,
          fix: `Remove \`${pathOf(route.to, "networkMode")}\`, or the route.`,
        };
      }
    },
  },
  {
    id: "route-duplicate",
    about: "No two routes have the same domain and path.",
    *check(system) {
      for (const { proxy, index, route, path } of routes(system)) {
        const first =
          proxy.args.routes?.findIndex((other) => keyOf(other) === keyOf(route)) ?? index;
        if (first === index) continue;
        const domain =
          route.domain === undefined ? "any domain" : `\`${route.domain.toLowerCase()}\``;
        yield {
          path,
          message: `Proxy \`${proxy.name}\` has two routes for ${domain} and path \`${plainPath(route.path ?? "/")}\`.`,
          fix: `Remove one of them; the first is \`${pathOf(proxy.name, "routes", first)}\`.`,
        };
      }
    },
  },
  {
    id: "route-domain",
    about: "A route's domain is a host name.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        if (route.domain === undefined || z.hostname().safeParse(route.domain).success) continue;
        yield {
          path: `${path}.domain`,
          message: `${code(route.domain)} in a route of proxy \`${proxy.name}\` is no domain.`,
          fix: "Give a host name without scheme, port, path or wildcard, e.g. `shop.example.com`.",
        };
      }
    },
  },
  {
    id: "route-path",
    about: "A route's path begins with a slash and holds only what a URL's path can.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        if (route.path === undefined || isUrlPath(route.path)) continue;
        yield {
          path: `${path}.path`,
          message: `${code(route.path)} in a route of proxy \`${proxy.name}\` is no path.`,
          fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
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
