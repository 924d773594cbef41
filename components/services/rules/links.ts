/** Rules on links. */
import { linkOrder } from "../normalise/link-order.ts";
import { targetOf } from "../ports.ts";
import { linkVariables } from "../values/variables.ts";
import type { ServiceArgs } from "../args.ts";
import { portFix } from "./ports.ts";
import { pathOf, suggest, type Rule, type System, type View } from "./rule.ts";

/** A link, with the service it leads to if that is one it may lead to. */
interface LinkView {
  from: View<ServiceArgs>;
  index: number;
  /** As it is written. */
  to: string;
  /** Name of the service, known or not. */
  service: string;
  /** Name of its port; absent: the main one. */
  portName?: string;
  target: View<ServiceArgs> | undefined;
  path: string;
}

function* links({ services }: System): Iterable<LinkView> {
  for (const from of services) {
    for (const [index, to] of (from.args.links ?? []).entries()) {
      const called = targetOf(to);
      const target = services.find(({ name }) => name === called.service && name !== from.name);
      yield { from, index, to, ...called, target, path: pathOf(from.name, "links", index) };
    }
  }
}

/** What each service's links lead to, once each: one to a named port leads to its service, too. */
function* linked(system: System) {
  const seen = new Set<string>();
  for (const { from, service, portName, target, path } of links(system)) {
    for (const name of target === undefined ? [] : new Set([undefined, portName])) {
      const to = name === undefined ? service : `${service}:${name}`;
      if (seen.has(`${from.name} ${to}`)) continue;
      seen.add(`${from.name} ${to}`);
      yield { from, to, variables: linkVariables(service, name), path };
    }
  }
}

/** Names that a link or route may lead to. */
export function targets({ names, proxies }: System): string[] {
  return names.filter((name) => !proxies.some((proxy) => proxy.name === name)).sort();
}

export const LINK_RULES: Rule[] = [
  {
    id: "link-unknown",
    about: "A link names a service.",
    *check(system) {
      const known = targets(system);
      for (const { from, to, service, path } of links(system)) {
        if (system.names.includes(service)) continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` names no service.`,
          fix: suggest(
            service,
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
      for (const { from, service, path } of links(system)) {
        if (service !== from.name) continue;
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
      for (const { from, to, service, path } of links(system)) {
        if (!system.proxies.some(({ name }) => name === service)) continue;
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
          fix: `Give \`${pathOf(target.name, "port")}\`, or remove the link.`,
        };
      }
    },
  },
  {
    id: "link-port",
    about: "A link to a named port names one that the service has.",
    *check(system) {
      for (const { from, to, portName, target, path } of links(system)) {
        if (target === undefined || portName === undefined) continue;
        const fix = portFix(target, portName);
        if (fix === undefined) continue;
        yield {
          path,
          message: `Link \`${to}\` of service \`${from.name}\` names no port of \`${target.name}\`.`,
          fix,
        };
      }
    },
  },
  {
    id: "link-circle",
    about: "Links make no circle, so that there is an order to start services in.",
    *check({ services }) {
      const byName = Object.fromEntries(
        services.map(({ name, args }) => [
          name,
          (args.links ?? []).map((to) => targetOf(to).service).filter((to) => to !== name),
        ]),
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
          fix: `Remove \`${pathOf(target?.name ?? to, "networkMode")}\`, or the link.`,
        };
      }
    },
  },
  {
    id: "link-variable",
    about: "The variables of links are not given otherwise.",
    *check(system) {
      for (const { from, to, variables } of linked(system)) {
        for (const variable of Object.values(variables)) {
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
    id: "link-clash",
    about: "No two links set the same variables.",
    *check(system) {
      const first = new Map<string, string>();
      for (const { from, to, variables, path } of linked(system)) {
        const key = `${from.name} ${variables.host}`;
        const other = first.get(key);
        if (other === undefined) first.set(key, to);
        else {
          yield {
            path,
            message: `The links to \`${other}\` and \`${to}\` of service \`${from.name}\` both set \`${variables.host}\`.`,
            fix: "Give the named port another name, or the service.",
          };
        }
      }
    },
  },
];
