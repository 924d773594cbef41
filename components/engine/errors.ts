/** What the engine's answers mean, which of them are no failure, and what it means if there is none. */
import type Docker from "dockerode";

/** A host's engine is not there, or broke off in the middle of what it was asked for. */
export class EngineAway extends Error {
  override readonly name = "EngineAway";

  constructor(host: string, cause: Error) {
    super(
      `The engine on host \`${host}\` does not answer: ${cause.message}. ` +
        "See there that it runs, then run `pulumi up` again: it goes on from what is there.",
      { cause },
    );
  }
}

/**
 * Makes a client name the host wherever its engine does not answer, and give up on one that hangs.
 * @param waits seconds to wait for the beginning of an answer, by path.
 */
export function namingHost(docker: Docker, host: string, waits = patience): Docker {
  const modem = docker.modem as Dialler;
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    const seconds = waits(options.path, options.options?.t);
    const giveUp = new AbortController();
    const timer = Number.isFinite(seconds)
      ? setTimeout(() => giveUp.abort(), seconds * 1000)
      : undefined;
    dial({ ...options, abortSignal: giveUp.signal }, (error, data) => {
      clearTimeout(timer);
      if (error === null || isAnswer(error)) return callback(error, data);
      const why = giveUp.signal.aborted ? new Error(`no answer in ${seconds} s`) : error;
      callback(new EngineAway(host, why), data);
    });
  };
  return docker;
}

/**
 * Seconds that an engine may need to begin an answer to a request.
 * @param grace seconds that a container has to end, where it is asked to stop.
 */
export function patience(path: string, grace = 0): number {
  if (/^\/containers\/[^/]+\/wait\b/.test(path)) return Infinity; // answered when it has ended
  // What depends on the disk: images, and layers of containers.
  return /\/start\b|\/create\b|\/images\//.test(path) ? 180 : 60 + grace;
}

/** Waits for what a stream of the engine's brings. @throws EngineAway if it breaks off. */
export async function untilRead<T>(host: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new EngineAway(host, error as Error);
  }
}

/** What all of a client's requests go through. */
interface Dialler {
  dial(
    options: { path: string; options?: { t?: number }; abortSignal?: AbortSignal },
    callback: (error: Error | null, data: unknown) => void,
  ): void;
}

/** The HTTP status that the engine answered with; undefined if it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Whether the engine answered at all, if with a refusal. */
export function isAnswer(error: unknown): boolean {
  return statusOf(error) !== undefined;
}

/** A refusal in the engine's own words. */
export function reasonOf(error: unknown): string {
  return (error as { json?: { message?: string } }).json?.message ?? String(error);
}

/** What is asked for, or undefined if there is none of that name. */
export async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Waits for it; failures with one of these HTTP statuses are none. */
export async function ignoring(statuses: number[], promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
