/** Looks at an engine before anything is planned: is it there, what is it, what holds its ports. */
import { createServer } from "node:net";
import { readFile } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import type Docker from "dockerode";
import { portToPid } from "pid-port";
import { type EngineAddress, engineUrl } from "../engine/address.ts";
import { dockerClient } from "../engine/client.ts";

/** What an engine says of itself and of the containers on it. */
export interface EngineFacts {
  /** Whether the engine is on this computer, whose ports can be tried. */
  isLocal: boolean;
  version: string;
  /** `amd64`, `arm64`, … */
  architecture: string;
  containers: ContainerFacts[];
}

export interface ContainerFacts {
  name: string;
  running: boolean;
  labels: Record<string, string>;
  /** Ports of this machine that the container holds. */
  ports: number[];
}

/**
 * Asks the engine at `dockerHost`, for at most `timeout` milliseconds: by default 3 s, and 20 s by SSH.
 * @throws with what to do, if nothing answers or what answers is not Docker.
 */
export async function probeEngine(
  dockerHost: EngineAddress,
  timeout = typeof dockerHost === "string" ? 3000 : 20_000,
): Promise<EngineFacts> {
  const docker = dockerClient(dockerHost, timeout);
  const url = engineUrl(dockerHost);
  try {
    const [version, containers] = await Promise.all([
      docker.version() as Promise<Docker.DockerVersion & { Components?: { Name: string }[] }>,
      docker.listContainers({ all: true }),
    ]);
    const components = version.Components ?? [];
    if (components.some(({ Name }) => /podman/i.test(Name))) {
      throw new EngineError(
        `${url} is Podman, which Longshore is not tested on. Point DOCKER_HOST at a Docker engine.`,
      );
    }
    return {
      isLocal: url.startsWith("unix://"),
      version: version.Version,
      architecture: version.Arch,
      containers: containers.map((entry) => ({
        name: (entry.Names[0] ?? entry.Id).replace(/^\//, ""),
        running: entry.State === "running",
        labels: entry.Labels,
        ports: entry.Ports.flatMap(({ PublicPort }) => (PublicPort ? [PublicPort] : [])),
      })),
    };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const why = (error as Error).message;
    // ssh's failures say what to do.
    if (typeof dockerHost !== "string")
      throw new EngineError(`No Docker engine: ${why}.`, { cause: error });
    throw new EngineError(
      `No Docker engine answers at ${url} (${why}). Start Docker, or set DOCKER_HOST; ` +
        "in a clone of Longshore, `npm run workbench -- up` starts one.",
      { cause: error },
    );
  }
}

/** An engine that cannot be used, with what to do about it. */
export class EngineError extends pulumi.RunError {}

/** What all looks have found. @throws EngineError with the words of every one that fails. */
export async function allOrProblems<Found>(looks: Promise<Found>[]): Promise<Found[]> {
  const ended = await Promise.allSettled(looks);
  const problems = ended.flatMap((look) =>
    look.status === "rejected" ? (look.reason as Error).message : [],
  );
  if (problems.length > 0) throw new EngineError(problems.join("\n"));
  return ended.flatMap((look) => (look.status === "fulfilled" ? [look.value] : []));
}

/**
 * Who else holds `port` where the engine is, in words; undefined if it is free or a container of
 * `stack` has it. On other machines only containers are known.
 * @param bind the address that is wanted, e.g. `127.0.0.1`.
 */
export async function portHolder(
  port: number,
  bind: string,
  stack: string,
  facts: EngineFacts,
): Promise<string | undefined> {
  const holder = facts.containers.find((entry) => entry.running && entry.ports.includes(port));
  if (holder !== undefined) {
    const owner = holder.labels["longshore.stack"];
    if (owner === stack) return undefined;
    return owner === undefined
      ? `container \`${holder.name}\``
      : `container \`${holder.name}\` of the stack \`${owner}\``;
  }
  if (!facts.isLocal || (await canListen(port, bind))) return undefined;
  const pid = await portToPid(port).catch(() => undefined);
  if (pid === undefined) return "another process";
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
  return name === "" ? `process ${pid}` : `process ${pid} (${name.trim()})`;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
