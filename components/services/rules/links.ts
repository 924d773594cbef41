/** Rules on links, and on the ports that links lead to. */
import { linkOrder } from "../link-order.ts";
import { linkVariables } from "../variables.ts";
import { DEFAULTS } from "../defaults.ts";
import type { ServiceArgs } from "../args.ts";
import type { Protocol } from "../types.ts";
import { pathOf, suggest, type Rule, type System, type View } from "./rule.ts";

/** A service's protocol, with its role's default. */
export function protocolOf({ role, args }: View<ServiceArgs>): Protocol {
  return args.protocol ?? (role === "cache" ? DEFAULTS.cache.protocol : DEFAULTS.app.protocol);
}

/** A link, with the service it leads to if that is one it may lead to. */
interface LinkView {
  from: View<ServiceArgs>;
  index: number;
  to: string;
  target: View<ServiceArgs> | undefined;
  path: string;
}

function* links({ services }: System): Iterable<LinkView> {
  for (const from of services) {
    for (const [index, to] of (from.args.links ?? []).entries()) {
      const target = services.find(({ name }) => name === to && name !== from.name);
      yield { from, index, to, target, path: pathOf(from.name, "links", index) };
    }
  }
}

/** Names that a link or route may lead to. */
export function targets({ names, proxies }: System): string[] {
  return names.filter((name) => !proxies.some((proxy) => proxy.name === name)).sort();
}

/** Services on the stack's network, at the ports where links reach them. */
function listeners({ services }: System) {
  return services.flatMap((service) => {
    const { networkMode = "stack" } = service.args;
    const port = service.args.linkPort ?? service.args.port;
    if (port === undefined || networkMode !== "stack") return [];
    return [{ name: service.name, port, protocol: protocolOf(service) }];
  });
}

/** Each listener that follows another one at the same port, with the first such. */
function* sharers(system: System) {
  const all = listeners(system);
  for (const [index, later] of all.entries()) {
    const earlier = all.slice(0, index).filter(({ port }) => port === later.port);
    yield { later, earlier };
  }
}

/** A port that links use nowhere yet. */
function freePort(system: System): number {
  const taken = listeners(system).map(({ port }) => port);
  let port = Math.min(...taken) + 1;
  while (taken.includes(port)) port += 1;
  return port;
}

export const LINK_RULES: Rule[] = [
  {
    id: "link-unknown",
    about: "A link names a service.",
    *check(system) {
      const known = targets(system);
      for (const { from, to, path } of links(system)) {
        if (system.names.includes(to)) continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` names no service.`,
          fix: suggest(
            to,
            known.filter((name) => name !== from.name),
            "No other service is defined.",
          ),
        };
      }
    },
  },
  {
    id: "link-self",
    about: "No service links to itself.",
    *check(system) {
      for (const { from, to, path } of links(system)) {
        if (to !== from.name) continue;
        yield {
          path,
          message: `Service \`${from.name}\` links to itself.`,
          fix: "Remove the link: a replica reaches itself at `localhost`.",
        };
      }
    },
  },
  {
    id: "link-duplicate",
    about: "A link is given once.",
    *check(system) {
      for (const { from, index, to, path } of links(system)) {
        const first = from.args.links?.indexOf(to) ?? index;
        if (first === index) continue;
        yield {
          path,
          message: `Service \`${from.name}\` links to \`${to}\` twice.`,
          fix: `Remove this one; the first is \`${pathOf(from.name, "links", first)}\`.`,
        };
      }
    },
  },
  {
    id: "link-proxy",
    about: "No service links to the proxy.",
    *check(system) {
      for (const { from, to, path } of links(system)) {
        if (!system.proxies.some(({ name }) => name === to)) continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` leads to the proxy, which serves the outside.`,
          fix: "Link to the service itself.",
        };
      }
    },
  },
  {
    id: "link-portless",
    about: "A linked service has a port.",
    *check(system) {
      for (const { from, to, target, path } of links(system)) {
        if (target === undefined || target.role !== "worker" || target.has("port")) continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` leads to a service without a port.`,
          fix: `Give \`${pathOf(to, "port")}\`, or remove the link.`,
        };
      }
    },
  },
  {
    id: "link-circle",
    about: "Links make no circle, so that there is an order to start services in.",
    *check({ services }) {
      const byName = Object.fromEntries(
        services.map(({ name, args }) => [name, (args.links ?? []).filter((to) => to !== name)]),
      );
      for (const circle of linkOrder(byName).circles) {
        const [first = "", second = first] = circle;
        const walk = [...circle, first].map((name) => `\`${name}\``).join(" → ");
        yield {
          path: pathOf(first, "links", byName[first]?.indexOf(second) ?? 0),
          message: `Links make a circle, so none of its services can start first: ${walk}.`,
          fix: "Remove one of these links.",
        };
      }
    },
  },
  {
    id: "link-network",
    about: "A linked service is on the stack's network.",
    *check(system) {
      for (const { from, to, target, path } of links(system)) {
        if ((target?.args.networkMode ?? "stack") === "stack") continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` leads to a service outside the stack's network.`,
          fix: `Remove \`${pathOf(to, "networkMode")}\`, or the link.`,
        };
      }
    },
  },
  {
    id: "link-variable",
    about: "The variables of links are not given otherwise.",
    *check(system) {
      for (const { from, to, target } of links(system)) {
        if (target === undefined) continue;
        for (const variable of Object.values(linkVariables(to))) {
          for (const property of ["environment", "secrets"] as const) {
            if (!Object.hasOwn(from.args[property] ?? {}, variable)) continue;
            yield {
              path: pathOf(from.name, property, variable),
              message: `\`${variable}\` of service \`${from.name}\` is set by its link to \`${to}\`.`,
              fix: "Remove it, or the link.",
            };
          }
        }
      }
    },
  },
  {
    id: "port-shared",
    about: "Links reach no two TCP services at the same port.",
    *check(system) {
      for (const { later, earlier } of sharers(system)) {
        const other = earlier.find(({ protocol }) => protocol === "tcp");
        if (other === undefined || later.protocol !== "tcp") continue;
        yield {
          path: pathOf(later.name, "port"),
          message: `Services \`${other.name}\` and \`${later.name}\` both have TCP port ${later.port}, and links tell TCP services apart by port alone.`,
          fix: `Give one of them a \`linkPort\`, e.g. ${freePort(system)}: its callers find that in their environment, and it listens as before.`,
        };
      }
    },
  },
  {
    id: "port-mixed",
    about: "Links reach no TCP service at the port of an HTTP service.",
    *check(system) {
      for (const { later, earlier } of sharers(system)) {
        const other = earlier.find(({ protocol }) => protocol !== later.protocol);
        if (other === undefined) continue;
        const [http, tcp] = later.protocol === "http" ? [later, other] : [other, later];
        yield {
          path: pathOf(later.name, "port"),
          message: `Port ${later.port} speaks HTTP at service \`${http.name}\` and TCP at service \`${tcp.name}\`, and links tell TCP services apart by port alone.`,
          fix: `Give one of them a \`linkPort\`, e.g. ${freePort(system)}, or both the same \`protocol\`.`,
        };
      }
    },
  },
  {
    id: "protocol-portless",
    about: "A protocol and a port for links come with a port.",
    *check({ services }) {
      for (const { name, role, has } of services) {
        if (role !== "worker" || has("port")) continue;
        if (has("protocol")) {
          yield {
            path: pathOf(name, "protocol"),
            message: `Service \`${name}\` has a protocol but no port to speak it on.`,
            fix: "Give the `port`, or remove `protocol`.",
          };
        }
        if (has("linkPort")) {
          yield {
            path: pathOf(name, "linkPort"),
            message: `Service \`${name}\` has a port for links but none that it listens on.`,
            fix: "Give the `port`, or remove `linkPort`.",
          };
        }
      }
    },
  },
];
