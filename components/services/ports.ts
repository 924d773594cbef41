/** The ports of a service and the links that lead to them: what users write, and what runtimes read. */

/**
 * `http`: HTTP/1.1, and `h2c`: HTTP/2 without TLS, gRPC among it; services are told apart by name, and each request goes
 * to the version that serves. `tcp`: connections are passed on as they are.
 */
export type Protocol = "http" | "h2c" | "tcp";

export interface PortsArgs {
  /**
   * Port the process listens on, from 1 to 65535: the one that links, routes and health checks mean if they
   * name none.
   * @default none: a worker that serves nobody
   */
  port?: number;
  /**
   * What is spoken on the port. HTTP services are told apart by name and can share a port number; of services of
   * which one speaks TCP all but one have a `linkPort`.
   * @default "http"; a cache "tcp"
   */
  protocol?: Protocol;
  /**
   * Port at which links reach the service, from 1 to 65535: what its callers find in `NAME_PORT`.
   * @default `port`
   * @example 6380
   */
  linkPort?: number;
  /**
   * More ports that the process listens on, beside `port`, by name: a number, or with what is spoken there. A link
   * leads to one by `service:name`. A new version is healthy only when it takes connections at all of them.
   * @default {}
   * @example { grpc: 50051, metrics: { port: 9100, linkPort: 9101 } }
   */
  ports?: Record<string, number | PortArgs>;
}

/** A port beside the main one. */
export interface PortArgs {
  /** From 1 to 65535. */
  port: number;
  /**
   * What is spoken there.
   * @default "h2c" for what is called `grpc` or `grpc-…`; "tcp" for a cache's others; else "http"
   */
  protocol?: Protocol;
  /**
   * Port at which links reach it, from 1 to 65535.
   * @default `port`
   */
  linkPort?: number;
}

/** Where a service listens, with every default filled in. */
export interface Ports {
  /** Its main port; `undefined` for a worker that serves nobody. */
  readonly endpoint: Endpoint | undefined;
  /** Its other ports, by name. */
  readonly ports: Readonly<Record<string, Endpoint>>;
}

/** Where a service listens inside its network. */
export interface Endpoint {
  readonly port: number;
  readonly protocol: Protocol;
  /** Port at which links reach it; absent: the one it listens on. */
  readonly linkPort?: number;
}

/** A port of a service that another one calls, at the number at which links reach it. */
export interface Link extends Omit<Endpoint, "linkPort"> {
  /** The called service, and the host name it is reached by. */
  readonly service: string;
  /** Variable that holds the host name, e.g. `REDIS_HOST`. */
  readonly hostVariable: string;
  /** Variable that holds the port, e.g. `REDIS_PORT`. */
  readonly portVariable: string;
  /** The called port's name; absent: the main one. */
  readonly portName?: string;
}

/**
 * What a link or route leads to: a service, and the name of one of its ports if it is not the main one.
 * @example targetOf("api:grpc") // { service: "api", portName: "grpc" }
 */
export function targetOf(text: string): { service: string; portName?: string } {
  const [service = "", ...rest] = text.split(":");
  return rest.length === 0 ? { service } : { service, portName: rest.join(":") };
}

/** A named port in its long form. */
export function portOf(given: number | PortArgs): PortArgs {
  return typeof given === "number" ? { port: given } : given;
}
