/** Where a service listens, and the links that lead there, with every default filled in. */
import { DEFAULTS } from "../defaults.ts";
import { mapValues } from "../values/maps.ts";
import type { Endpoint, Link, PortArgs, Ports, PortsArgs, Protocol } from "../ports.ts";
import { portOf, targetOf } from "../ports.ts";
import type { Role } from "../types.ts";
import { linkVariables } from "../values/variables.ts";

/** What is spoken on a port if the definition does not say: the main one has no name. */
export function defaultProtocol(role: Role, portName = ""): Protocol {
  // Names say what is spoken, as Istio reads those of Kubernetes.
  if (/^grpc(-|$)/.test(portName)) return "h2c";
  return role === "cache" ? DEFAULTS.cache.protocol : DEFAULTS.app.protocol;
}

export function normalisePorts(role: Role, args: PortsArgs): Ports {
  const { port, protocol, linkPort, ports = {} } = args;
  return {
    endpoint: port === undefined ? undefined : endpointOf({ port, protocol, linkPort }),
    ports: mapValues(ports, (given, name) => endpointOf(portOf(given), name)),
  };

  function endpointOf({ port, protocol, linkPort = port }: PortArgs, name?: string): Endpoint {
    return {
      port,
      protocol: protocol ?? defaultProtocol(role, name),
      ...(linkPort === port ? {} : { linkPort }),
    };
  }
}

/** Links by what they lead to. One that leads to a named port leads to its service, too. */
export function normaliseLinks(given: string[], portsOf: (service: string) => Ports): Link[] {
  const all = new Set(given.flatMap((to) => [targetOf(to).service, to]));
  return [...all].sort().flatMap((to) => {
    const { service, portName } = targetOf(to);
    const { endpoint, ports } = portsOf(service);
    const called = portName === undefined ? endpoint : ports[portName];
    if (called === undefined) return [];
    const variables = linkVariables(service, portName);
    return [
      {
        ...{ service, port: called.linkPort ?? called.port, protocol: called.protocol },
        ...{ hostVariable: variables.host, portVariable: variables.port },
        ...(portName === undefined ? {} : { portName }),
      },
    ];
  });
}
