/** The ports of a service, as mappings that Service Connect can name. */
import type { Endpoint, Service } from "../../services/index.ts";
import type { PortMapping } from "./types.ts";

/** A port that a service listens on. */
export interface Port extends Endpoint {
  /** Undefined: the main one. */
  name: string | undefined;
}

const APP_PROTOCOLS = { http: "http", h2c: "http2", tcp: undefined } as const;

/** All ports, the main one first; empty for a worker that serves nobody. */
export function portsOf({ endpoint, ports }: Pick<Service, "endpoint" | "ports">): Port[] {
  const named = Object.entries(ports).map(([name, port]) => ({ ...port, name }));
  return endpoint === undefined ? named : [{ ...endpoint, name: undefined }, ...named];
}

/** A service's port by its name; undefined is the main one. */
export function endpointOf(
  { endpoint, ports }: Pick<Service, "endpoint" | "ports">,
  port: string | undefined,
): Endpoint | undefined {
  return port === undefined ? endpoint : ports[port];
}

/** What a port's mapping is called. @param port its name; undefined is the main one. */
export function portNameOf(service: string, port: string | undefined): string {
  return port === undefined ? service : `${service}-${port}`;
}

export function portMappings(service: Service): PortMapping[] {
  return portsOf(service).map(({ name, port, protocol }) => {
    const appProtocol = APP_PROTOCOLS[protocol];
    return {
      containerPort: port,
      protocol: "tcp",
      name: portNameOf(service.name, name),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    };
  });
}
