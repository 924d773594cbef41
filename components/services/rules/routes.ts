/** Rules on the proxy's routes. */
import { isToken, TOKEN_FIX } from "../values/token.ts";
import { isUrlPath, plainPath } from "../values/url-path.ts";
import { targets } from "./links.ts";
import { portFix, protocolOf } from "./ports.ts";
import { code, pathOf, suggest, type Rule, type System } from "./rule.ts";
import type { RouteArgs } from "../proxy-args.ts";
import { asciiDomain, domainFix } from "../values/domain.ts";
import { targetOf } from "../ports.ts";

function* routes({ proxies, services }: System) {
  for (const proxy of proxies) {
    for (const [index, route] of (proxy.args.routes ?? []).entries()) {
      const { service, portName } = targetOf(route.to);
      const target = services.find(({ name }) => name === service);
      const path = pathOf(proxy.name, "routes", index);
      yield { proxy, index, route, service, portName, target, path };
    }
  }
}

/** A condition as it may be given, whatever its type promises. */
interface Condition {
  cookie?: string;
  header?: string;
  value: string;
}

function* conditions(system: System) {
  for (const { proxy, route, path } of routes(system)) {
    if (route.when === undefined) continue;
    const given: Condition = route.when;
    yield { proxy, given, path };
  }
}

const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

const keyOf = ({ domain, path, when }: RouteArgs) =>
  JSON.stringify([domain && asciiDomain(domain), plainPath(path ?? "/"), conditionOf(when)]);

/** A route's condition in words: `cookie `variant` is `b``. */
function conditionOf(when: RouteArgs["when"]): string | undefined {
  if (when === undefined) return undefined;
  const { cookie, header, value }: Condition = when;
  const names = [
    ...(cookie === undefined ? [] : [`cookie ${code(cookie)}`]),
    ...(header === undefined ? [] : [`header ${code(header.toLowerCase())}`]),
  ];
  return `${names.join(" and ")} is ${code(value)}`;
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
      for (const { proxy, route, service, path } of routes(system)) {
        if (system.names.includes(service)) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which is not a known service.`,
          fix: suggest(service, known, "No service is defined."),
        };
      }
    },
  },
  {
    id: "route-proxy",
    about: "No route leads to a proxy.",
    *check(system) {
      for (const { proxy, route, service, path } of routes(system)) {
        if (!system.proxies.some(({ name }) => name === service)) continue;
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
      for (const { proxy, route, target, path } of routes(system)) {
        if (target === undefined || target.role !== "worker" || target.has("port")) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which has no port.`,
          fix: `Give \`${pathOf(target.name, "port")}\`, or remove the route.`,
        };
      }
    },
  },
  {
    id: "route-port",
    about: "A route to a named port names one that the service has.",
    *check(system) {
      for (const { proxy, route, portName, target, path } of routes(system)) {
        if (target === undefined || portName === undefined) continue;
        const fix = portFix(target, portName);
        if (fix === undefined) continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which is no port of \`${target.name}\`.`,
          fix,
        };
      }
    },
  },
  {
    id: "route-tcp",
    about: "A route leads to a service that speaks HTTP.",
    *check(system) {
      for (const { proxy, route, portName, target, path } of routes(system)) {
        if (target === undefined || protocolOf(target, portName) !== "tcp") continue;
        if (portName !== undefined && portFix(target, portName) !== undefined) continue;
        const port = portName === undefined ? [] : ["ports", portName];
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which speaks TCP, not HTTP.`,
          fix: `Set \`${pathOf(target.name, ...port, "protocol")}\` to \`http\` if it does speak it, or remove the route.`,
        };
      }
    },
  },
  {
    id: "route-network",
    about: "A route leads to a service on the stack's network.",
    *check(system) {
      for (const { proxy, route, service, target, path } of routes(system)) {
        if ((target?.args.networkMode ?? "stack") === "stack") continue;
        yield {
          path: `${path}.to`,
          message: `A route of proxy \`${proxy.name}\` leads to \`${route.to}\`, which is outside the stack's network.`,
          fix: `Remove \`${pathOf(service, "networkMode")}\`, or the route.`,
        };
      }
    },
  },
  {
    id: "route-duplicate",
    about: "No two routes have the same domain, path and condition.",
    *check(system) {
      for (const { proxy, index, route, path } of routes(system)) {
        const first =
          proxy.args.routes?.findIndex((other) => keyOf(other) === keyOf(route)) ?? index;
        if (first === index) continue;
        const domain =
          route.domain === undefined ? "any domain" : `\`${route.domain.toLowerCase()}\``;
        const condition = conditionOf(route.when);
        const when = condition === undefined ? "" : ` where ${condition}`;
        yield {
          path,
          message: `Proxy \`${proxy.name}\` has two routes for ${domain} and path \`${plainPath(route.path ?? "/")}\`${when}.`,
          fix: `Remove one of them; the first is \`${pathOf(proxy.name, "routes", first)}\`.`,
        };
      }
    },
  },
  {
    id: "route-domain",
    about: "A route's domain is a host name, or `*.` and one for all below it.",
    *check(system) {
      for (const { proxy, route, path } of routes(system)) {
        if (route.domain === undefined || asciiDomain(route.domain) !== undefined) continue;
        yield {
          path: `${path}.domain`,
          message: `${code(route.domain)} in a route of proxy \`${proxy.name}\` is not a valid domain.`,
          fix: domainFix(route.domain),
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
          message: `${code(route.path)} in a route of proxy \`${proxy.name}\` is not a valid path.`,
          fix: "Give the beginning of a URL's path without query, e.g. `/api`.",
        };
      }
    },
  },
  {
    id: "route-when",
    about: "A route's condition is on a cookie or on a header.",
    *check(system) {
      for (const { proxy, given, path } of conditions(system)) {
        if ((given.cookie === undefined) !== (given.header === undefined)) continue;
        const what = given.cookie === undefined ? "neither a cookie nor" : "both a cookie and";
        yield {
          path: `${path}.when`,
          message: `The condition of a route of proxy \`${proxy.name}\` names ${what} a header.`,
          fix: 'Give one of them, e.g. `{ cookie: "variant", value: "b" }`.',
        };
      }
    },
  },
  {
    id: "route-when-name",
    about:
      "A route's condition names a cookie or header by letters, digits, dots, dashes, underscores.",
    *check(system) {
      for (const { proxy, given, path } of conditions(system)) {
        for (const what of ["cookie", "header"] as const) {
          const name = given[what];
          if (name === undefined || isToken(name)) continue;
          yield {
            path: `${path}.when.${what}`,
            message: `${code(name)} in a route of proxy \`${proxy.name}\` cannot be a ${what}'s name.`,
            fix: TOKEN_FIX,
          };
        }
      }
    },
  },
  {
    id: "route-when-value",
    about: "The value in a route's condition is one that a cookie or header can have.",
    *check(system) {
      for (const { proxy, given, path } of conditions(system)) {
        const isFit = given.header === undefined ? COOKIE_VALUE : HEADER_VALUE;
        if (isFit.test(given.value)) continue;
        yield {
          path: `${path}.when.value`,
          message: `The value in a route of proxy \`${proxy.name}\` is none that a ${given.header === undefined ? "cookie" : "header"} can have.`,
          fix: 'Give printable ASCII without a space at its ends, for a cookie none of `",;\\` and no space.',
        };
      }
    },
  },
];
