/** A service that an acceptance test runs beside: started, and waited for until it is ready. */
import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { describeListener, isLoopback, parseListeners } from "../../diagnosis/listeners.ts";
import { EngineAway, isAnswer, statusOf } from "../../engine/errors.ts";
import { exec } from "../../engine/exec.ts";
import { demultiplex } from "../../engine/stream.ts";
import { Failure, explainEnd, startOf } from "./failure.ts";
import type { ContainerRequest, ServiceRequest } from "./request.ts";
import type { ThrowAway } from "./throw-away.ts";

/** Milliseconds between two looks at whether it is ready. */
const LOOK = 250;
/** Nanoseconds between two health checks of the engine. */
const HEALTH_INTERVAL = 1e9;
/** The second file is missing on a machine without IPv6. */
const READ_SOCKETS = ["cat", "/proc/net/tcp", "/proc/net/tcp6"];

export interface RunningService {
  name: string;
  container: Docker.Container;
}

/** What a container of a test is made of. */
export function containerOptions(
  { entrypoint, command, environment }: ContainerRequest,
  image: string,
): Docker.ContainerCreateOptions {
  const Env = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return { Image: image, Entrypoint: entrypoint, Cmd: command, Env };
}

/** @throws Failure if the engine refuses it. */
export async function startService(
  run: ThrowAway,
  service: ServiceRequest,
  image: string,
): Promise<RunningService> {
  const { name, healthCheck } = service;
  const Test = healthCheck === undefined ? [] : ["CMD", ...healthCheck.command]; // none: the image's own
  const options = {
    ...containerOptions(service, image),
    Healthcheck: { Test, Interval: HEALTH_INTERVAL },
  };
  const container = await startOf(name, async () => {
    const created = await run.container(name, options);
    await created.start();
    return created;
  });
  return { name, container };
}

/**
 * Waits until a service is ready: it runs, its health check passes, and something listens on its port.
 * @param images that a look at its sockets can be taken with, should its own have no `cat`.
 * @throws Failure if it ends, or is not ready when the signal is aborted.
 */
export async function untilReady(
  run: ThrowAway,
  { name, container }: RunningService,
  { port, healthCheck }: ServiceRequest,
  images: string[],
  signal: AbortSignal,
): Promise<void> {
  let lacking = "it was not looked at yet";
  for (;;) {
    const { State } = await container.inspect();
    if (!State.Running) throw await explainEnd(run.docker, name, container);
    const { Health } = State as { Health?: { Status: string; Log?: { Output: string }[] | null } };
    if (healthCheck !== undefined && Health === undefined) {
      throw new Failure(`\`${name}\`: the engine runs no health checks.`);
    }
    if (Health !== undefined && Health.Status !== "healthy") {
      const said = Health.Log?.at(-1)?.Output.trim() ?? "";
      lacking = `its health check has not passed${said === "" ? "" : ` (${said})`}`;
    } else {
      const listening = port === undefined || (await listensOn(run, name, container, port, images));
      if (listening === true) return;
      lacking = listening;
    }
    try {
      await pause(LOOK, undefined, { signal });
    } catch {
      throw new Failure(`\`${name}\` was not ready in time: ${lacking}.`);
    }
  }
}

/** Whether something listens where the others can reach it; else what there is. */
async function listensOn(
  run: ThrowAway,
  name: string,
  container: Docker.Container,
  port: number,
  images: string[],
): Promise<true | string> {
  const tables = await readSockets(run, container, images);
  if (tables === undefined) {
    throw new Failure(
      `Whether \`${name}\` listens on port ${port} cannot be seen: no image of the test has \`cat\`. ` +
        `Give \`acceptance.services.${name}.healthCheck\` instead of \`port\`, and the port by \`environment\`.`,
    );
  }
  const all = parseListeners(tables);
  if (all.some((each) => each.port === port && !isLoopback(each.address))) return true;
  const listed = all.map(describeListener).join(", ");
  return `nothing listens on port ${port} where others can reach it${listed === "" ? "" : `, only on ${listed}`}`;
}

/** The kernel's tables of sockets, as the container sees them; undefined if nothing can read them. */
async function readSockets(
  run: ThrowAway,
  container: Docker.Container,
  images: string[],
): Promise<string | undefined> {
  try {
    const own = await exec(run.docker, "", container.id, READ_SOCKETS);
    if (own.exitCode < 126) return own.stdout;
  } catch (error) {
    // It has just ended, or the engine has: the next look at it says so.
    if (statusOf(error) === 409 || error instanceof EngineAway) return "";
    if (!isAnswer(error)) throw error;
  }
  for (const image of images) {
    try {
      return demultiplex(await run.inNetworkOf(container.id, image, READ_SOCKETS)).stdout;
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
  }
  return undefined;
}
