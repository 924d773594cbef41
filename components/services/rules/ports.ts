/** Rules on the ports of services: their names, their numbers, and what is spoken there. */
import type { ServiceArgs } from "../args.ts";
import { defaultProtocol } from "../normalise/ports.ts";
import { type PortArgs, type Protocol, portOf } from "../ports.ts";
import { SERVICE_NAME } from "../values/variables.ts";
import { SERVICE_NAME_FIX } from "./structure.ts";
import { code, pathOf, suggest, type Rule, type System, type View } from "./rule.ts";

/** In words. */
export const SPOKEN: Record<Protocol, string> = {
  http: "HTTP",
  h2c: "HTTP/2 alone",
  tcp: "TCP",
};

const isTcp = (listener: { protocol: Protocol }) => listener.protocol === "tcp";

/** What is spoken on a service's main port, or on a named one. */
export function protocolOf({ role, args }: View<ServiceArgs>, portName?: string): Protocol {
  const given = portName === undefined ? args : portOf(args.ports?.[portName] ?? 0);
  return given.protocol ?? defaultProtocol(role, portName);
}

/** What to do about the name of a port that a service has not; undefined if it has it. */
export function portFix({ name, args, has }: View<ServiceArgs>, port: string): string | undefined {
  const known = Object.keys(args.ports ?? {}).sort();
  if (known.includes(port) || (has("ports") && args.ports === undefined)) return undefined;
  return suggest(
    port,
    known,
    `Give it in \`${pathOf(name, "ports")}\`, e.g. \`{ metrics: 9100 }\`.`,
  );
}

/** A port of a service, at the number at which links reach it. */
interface Listener {
  service: View<ServiceArgs>;
  /** As links call it. */
  name: string;
  /** In its service. */
  label: string;
  own: number;
  port: number;
  protocol: Protocol;
  path: string;
}

function listenersOf(service: View<ServiceArgs>): Listener[] {
  const { port, linkPort, ports = {} } = service.args;
  const listener = (given: PortArgs, portName?: string): Listener => ({
    service,
    name: portName === undefined ? service.name : `${service.name}:${portName}`,
    label: portName ?? "port",
    own: given.port,
    port: given.linkPort ?? given.port,
    protocol: protocolOf(service, portName),
    path: pathOf(service.name, ...(portName === undefined ? ["port"] : ["ports", portName])),
  });
  return [
    ...(port === undefined ? [] : [listener({ port, linkPort })]),
    ...Object.entries(ports).map(([name, given]) => listener(portOf(given), name)),
  ];
}

/** Ports on the stack's network, at which links reach services. */
function listeners({ services }: System): Listener[] {
  return services
    .filter(({ args }) => (args.networkMode ?? "stack") === "stack")
    .flatMap((service) => listenersOf(service));
}

/** Each listener that follows one of another service at the same port, with the first such. */
function* sharers(system: System) {
  const all = listeners(system);
  for (const [index, later] of all.entries()) {
    const earlier = all
      .slice(0, index)
      .filter(({ port, service }) => port === later.port && service !== later.service);
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

export const PORT_RULES: Rule[] = [
  {
    id: "port-name",
    about: "A named port's name is a DNS label that begins with a letter.",
    *check({ services }) {
      for (const service of services) {
        for (const name of Object.keys(service.args.ports ?? {})) {
          if (SERVICE_NAME.test(name)) continue;
          yield {
            path: pathOf(service.name, "ports", name),
            message: `${code(name)} of service \`${service.name}\` cannot be the name of a port.`,
            fix: SERVICE_NAME_FIX,
          };
        }
      }
    },
  },
  {
    id: "port-twice",
    about: "The ports of a service differ, and so do those at which links reach them.",
    *check({ services }) {
      for (const service of services) {
        const all = listenersOf(service);
        for (const [index, later] of all.entries()) {
          const same = (other: Listener) => other.own === later.own || other.port === later.port;
          const other = all.slice(0, index).find(same);
          if (other === undefined) continue;
          const what = `\`${other.label}\` and \`${later.label}\` of service \`${service.name}\``;
          yield {
            path: later.path,
            message:
              other.own === later.own
                ? `${what} are both ${later.own}.`
                : `Links reach ${what} both at ${later.port}.`,
            fix:
              other.own === later.own
                ? "Remove one of them, or give it the number that it listens on."
                : "Give one of them another `linkPort`.",
          };
        }
      }
    },
  },
  {
    id: "port-shared",
    about: "Links reach no two TCP services at the same port.",
    *check(system) {
      for (const { later, earlier } of sharers(system)) {
        const other = earlier.find(isTcp);
        if (other === undefined || !isTcp(later)) continue;
        yield {
          path: later.path,
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
        const other = earlier.find((one) => isTcp(one) !== isTcp(later));
        if (other === undefined) continue;
        const [http, tcp] = isTcp(other) ? [later, other] : [other, later];
        yield {
          path: later.path,
          message: `Port ${later.port} speaks HTTP at service \`${http.name}\` and TCP at service \`${tcp.name}\`, and links tell TCP services apart by port alone.`,
          fix: `Give one of them a \`linkPort\`, e.g. ${freePort(system)}, or both the same \`protocol\`.`,
        };
      }
    },
  },
  {
    id: "protocol-portless",
    about: "A protocol, a port for links and named ports come with a port.",
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
        if (has("ports")) {
          yield {
            path: pathOf(name, "ports"),
            message: `Service \`${name}\` has named ports but no main one, which links and checks mean if they name none.`,
            fix: "Give one of them as its `port`.",
          };
        }
      }
    },
  },
];
