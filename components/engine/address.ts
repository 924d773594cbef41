/** Where a Docker engine answers. */

/**
 * An engine's address in the form of `DOCKER_HOST`: `unix:///path/to.sock` or `tcp://host:port`. It is kept in a
 * stack's state, and every later process that deploys, on whatever machine, opens it by itself.
 */
export type EngineAddress = string;

/** An engine, and what messages call its machine. */
export interface NamedEngine {
  name: string;
  dockerHost: EngineAddress;
}
