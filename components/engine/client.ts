/** A client of a Docker engine's API. */
import Docker from "dockerode";
import type { EngineAddress } from "./address.ts";
import { sshAgent } from "./ssh-agent.ts";

/**
 * Connects to the engine at `dockerHost`.
 * @param timeout milliseconds without an answer after which a request fails; default: none.
 * @throws if the address has another form.
 */
export function dockerClient(dockerHost: EngineAddress, timeout?: number): Docker {
  if (typeof dockerHost !== "string") {
    // The agent connects; the name is only what HTTP asks for.
    const options = { protocol: "http" as const, host: "engine", timeout };
    return new Docker({ ...options, agent: sshAgent(dockerHost.ssh) } as Docker.DockerOptions);
  }
  if (dockerHost.startsWith("unix://")) {
    return new Docker({ socketPath: dockerHost.slice("unix://".length), timeout });
  }
  const url = URL.parse(dockerHost);
  if (url?.protocol === "tcp:" && url.hostname !== "") {
    return new Docker({ protocol: "http", host: url.hostname, port: url.port || 2375, timeout });
  }
  throw new Error(
    `\`${dockerHost}\` is not a valid engine address. Use unix:///path/to/docker.sock or tcp://host:port.`,
  );
}
