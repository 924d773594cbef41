// Which Docker engine a user means, and whether it can be the local one.
import { DEFAULT_DOCKER_HOST, localDockerHost } from "../../components/hosts/endpoint.ts";

export interface Endpoint {
  host: string;
  /** Who says so, as it reads in a sentence: `DOCKER_HOST`, `the docker context`, … */
  source: string;
  /** Whether the user named it; if so, another engine is no substitute for it. */
  explicit: boolean;
}

export function resolveEndpoint(env: NodeJS.ProcessEnv, ownSocket: string): Endpoint {
  // Whoever exported the workbench's own address means "the workbench", not some other engine.
  const own = env.DOCKER_HOST === `unix://${ownSocket}`;
  const host = localDockerHost(own ? { ...env, DOCKER_HOST: undefined } : env);
  if (env.DOCKER_HOST && !own) return { host, source: "DOCKER_HOST", explicit: true };
  if (host === DEFAULT_DOCKER_HOST) return { host, source: "the default socket", explicit: false };
  return { host, source: "the docker context", explicit: true };
}

/** Why an engine at this address cannot be the local one, or undefined if it can. */
export function refuseRemote({ host, source }: Endpoint): string | undefined {
  const url = URL.parse(host);
  if (url?.protocol === "unix:") return undefined;
  if (url?.protocol === "tcp:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    return undefined;
  }
  return (
    `${source} names ${host}, which is not an engine on this computer, as the local stack needs one. Unset it or choose a ` +
    "local context; machines reached over SSH are hosts of a stack, not the workbench."
  );
}
