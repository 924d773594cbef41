/** Links as ECS Service Connect has them: the called service keeps its name and port. Pure. */
import type { Endpoint, Service, Services } from "../../services/index.ts";
import { endpointOf, portNameOf } from "../task/ports.ts";

/** A port of a service that links lead to. */
export interface ConnectedPort {
  /** Of the port mapping. */
  portName: string;
  /** What clients call it: the service's name. */
  dnsName: string;
  /** At which clients find it. */
  port: number;
  /** On which the container listens. */
  containerPort: number;
}

/** A service that may open connections to a port of another one. */
export interface Edge {
  from: string;
  to: string;
  containerPort: number;
}

/** The ports of `service` that others link to, in the order of their numbers. */
export function connectedPorts({ list }: Services, service: Service): ConnectedPort[] {
  const linked = new Map<string | undefined, Endpoint>();
  for (const link of list.flatMap(({ links }) => links)) {
    if (link.service !== service.name) continue;
    const endpoint = endpointOf(service, link.portName);
    if (endpoint !== undefined) linked.set(link.portName, endpoint);
  }
  return [...linked]
    .map(([name, { port, linkPort = port }]) => ({
      portName: portNameOf(service.name, name),
      dnsName: service.name,
      port: linkPort,
      containerPort: port,
    }))
    .sort((x, y) => x.port - y.port);
}

/** Who calls whom, and where. */
export function edgesOf({ list, byName }: Services): Edge[] {
  return list.flatMap(({ name, links }) =>
    links.flatMap(({ service, portName }) => {
      const endpoint = byName[service] && endpointOf(byName[service], portName);
      return endpoint === undefined
        ? []
        : [{ from: name, to: service, containerPort: endpoint.port }];
    }),
  );
}
