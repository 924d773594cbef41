/** Where a Docker engine answers. */
import { type SshTarget, sshUrl } from "../ssh/target.ts";

/**
 * An engine's address in the form of `DOCKER_HOST` (`unix:///path/to.sock`, `tcp://host:port`), or a machine that is
 * reached by SSH and has a `docker` command. It is kept in a stack's state, and every later process that deploys, on
 * whatever machine, opens it by itself.
 */
export type EngineAddress = string | { ssh: SshTarget };

/** An engine, and what messages call its machine. */
export interface NamedEngine {
  name: string;
  dockerHost: EngineAddress;
}

/** An address for messages, and for the docker command line and provider, which need `sshOptions` beside it. */
export function engineUrl(address: EngineAddress): string {
  return typeof address === "string" ? address : sshUrl(address.ssh);
}
