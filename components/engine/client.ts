/** A client of a Docker engine's API for an address in the form of `DOCKER_HOST`. */
import Docker from "dockerode";

/**
 * Connects to the engine at `dockerHost`.
 * @param dockerHost `unix:///path/to.sock` or `tcp://host:port`.
 * @param timeout milliseconds without an answer after which a request fails; default: none.
 * @throws if the address has another form.
 */
export function dockerClient(dockerHost: string, timeout?: number): Docker {
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
