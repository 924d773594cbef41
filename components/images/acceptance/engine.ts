/** The engine that an acceptance test runs on. */
import type Docker from "dockerode";
import { dockerClient } from "../../engine/client.ts";
import { namingHost, patience } from "../../engine/errors.ts";
import { localDockerHost } from "../../hosts/endpoint.ts";

/** Seconds that an engine may take for an image before it begins to answer: it reads all of it first. */
const LOAD = 1800;

/** @param dockerHost absent: the one that the docker command would use. */
export function openEngine(dockerHost = localDockerHost()): Docker {
  const waits = (path: string, grace?: number) =>
    path.startsWith("/images/load") ? LOAD : patience(path, grace);
  return namingHost(dockerClient(dockerHost), dockerHost, waits);
}
