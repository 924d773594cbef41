/** Runs an acceptance test: the image as it will be pushed, once, beside services that are thrown away. */
import type Docker from "dockerode";
import { EngineAway, orUndefined } from "../../engine/errors.ts";
import { eachLine } from "../../engine/stream.ts";
import { findRefFault, repositoryOf } from "../../services/values/image-reference.ts";
import { describeMissing, NotInLayout } from "../build/layout.ts";
import { unlessAborted } from "./abort.ts";
import { Failure, Tail, explainEnd, lastLines, quote, startOf } from "./failure.ts";
import { loadImage } from "./load.ts";
import { ensureImage } from "./pull.ts";
import type { AcceptanceRequest } from "./request.ts";
import { containerOptions, type RunningService, startService, untilReady } from "./service.ts";
import { sweep, ThrowAway } from "./throw-away.ts";

interface Options {
  /** Gets a line for each step. */
  log: (line: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Runs it, and removes all that it made, also what tests have left that were killed.
 * @returns what was found, for the log.
 * @throws an Error with what was printed, if it failed.
 */
export async function runAcceptance(
  request: AcceptanceRequest,
  docker: Docker,
  { log, signal }: Options,
): Promise<string> {
  if ((await sweep(docker)) > 0) log("removed what a test that was killed had left");
  const images = await pullServices(request, docker, signal);
  const run = await ThrowAway.open(docker, request.timeout);
  const running: RunningService[] = [];
  const printed = new Tail();
  try {
    const image = await bringImage(request, run, signal);
    const began = Date.now();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(request.timeout * 1000)]);
    for (const service of request.services) {
      const started = await startService(run, service, images.get(service.name) ?? image);
      running.push(started);
      await untilReady(run, started, service, [image, ...images.values()], limit);
      log(`${service.name} is ready`);
    }
    await runTest(request, run, image, printed, limit);
    const beside = request.services.map(({ name }) => name).join(", ");
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    return `${request.name}: accepted in ${seconds} s${beside === "" ? "" : ` beside ${beside}`}`;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    throw new Error(await describe(request, error, printed, running), { cause: error });
  } finally {
    await run.remove();
  }
}

/** Service → its image, which the engine has; none for the image that is tested. */
async function pullServices(
  { services }: AcceptanceRequest,
  docker: Docker,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  for (const { name, image } of services) {
    if (image === undefined) continue;
    const fault = findRefFault(image);
    if (fault !== undefined) {
      throw new Error(`\`acceptance.services.${name}.image\`: ${fault.message} ${fault.fix}`);
    }
    const ref = `${repositoryOf(image)}${image.slice(image.indexOf("@"))}`;
    await ensureImage(docker, ref, signal);
    images.set(name, ref);
  }
  return images;
}

/** The image under a name that the engine knows: from where it was built, else from where it was pushed before. */
async function bringImage(
  { name, layout, digest, repository }: AcceptanceRequest,
  run: ThrowAway,
  signal: AbortSignal,
): Promise<string> {
  try {
    await loadImage(run.docker, { name, layout, digest }, run.tag, signal);
    return run.tag;
  } catch (error) {
    if (!(error instanceof NotInLayout)) throw error;
  }
  const pushed = `${repository}@${digest}`;
  try {
    await ensureImage(run.docker, pushed, signal);
    return pushed;
  } catch (error) {
    if (signal.aborted || error instanceof EngineAway) throw error;
    throw new Error(describeMissing(name, "release"), { cause: error });
  }
}

/**
 * @param printed gets its lines.
 * @throws Failure unless it ends well, or has printed what it shall.
 */
async function runTest(
  request: AcceptanceRequest,
  run: ThrowAway,
  image: string,
  printed: Tail,
  limit: AbortSignal,
): Promise<void> {
  const { name, output: wanted, timeout } = request;
  // A server's own command goes on: it has passed once it has printed that.
  const goesOn = wanted !== undefined && !request.command && !request.entrypoint;
  let found = wanted === undefined;
  let passed = () => {};
  const early = new Promise<void>((done) => (passed = done));
  const options = { ...containerOptions(request, image), Healthcheck: { Test: ["NONE"] } };
  const container = await startOf(name, () => run.container(undefined, options));
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const read = eachLine(stream, (line) => {
    printed.push(line);
    if (wanted === undefined || !line.includes(wanted)) return;
    found = true;
    if (goesOn) passed();
  });
  read.catch(() => {});
  await startOf(name, () => container.start());
  const ended = read.then(() => container.wait()) as Promise<{ StatusCode: number }>;
  ended.catch(() => {});
  try {
    const end = await unlessAborted(limit, Promise.race([ended, early]));
    if (end === undefined) return;
    if (end.StatusCode !== 0) {
      throw await explainEnd(run.docker, name, container, printed.lines.join("\n"));
    }
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new Failure(`\`${name}\` did not end within ${timeout} s. ${howToEnd(request)}`);
  }
  if (!found) throw new Failure(`\`${name}\` ended well, and never printed \`${wanted}\`.`);
}

function howToEnd({ command, entrypoint, output, timeout }: AcceptanceRequest): string {
  if (command !== undefined || entrypoint !== undefined) {
    return `See below what it waits for, or give it more than ${timeout} s (\`acceptance.timeout\`).`;
  }
  return output === undefined
    ? "Give it a command that ends (`acceptance.command`), or say what it prints when it is ready (`acceptance.output`)."
    : `It has not printed \`${output}\` (\`acceptance.output\`).`;
}

async function describe(
  { name }: AcceptanceRequest,
  failure: Failure,
  printed: Tail,
  running: RunningService[],
): Promise<string> {
  const parts = [
    `The acceptance test of \`${name}\` failed; nothing was pushed. ${failure.message}`,
    quote(`\`${name}\` printed:`, printed.lines, printed.leftOut),
  ];
  for (const service of running) {
    const info = await orUndefined(service.container.inspect());
    if (info === undefined) continue; // somebody has removed it
    const { Running, ExitCode } = info.State;
    const heading = Running
      ? `Last lines of \`${service.name}\`:`
      : `\`${service.name}\` has ended with code ${ExitCode}; its last lines:`;
    const lines = await lastLines(service.container);
    parts.push(quote(heading, lines === "" ? [] : lines.split("\n")));
  }
  return parts.join("\n");
}
