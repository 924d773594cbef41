/** When a release must stop: it is told to, or whoever started it is gone. */
import { Interrupted } from "../state/held-host.ts";

/** Milliseconds between two looks at whether the parent still lives. */
const LOOK = 1000;

/**
 * Aborted with an `Interrupted` by SIGINT, SIGTERM or SIGHUP, and when the process that started this one
 * ends (a plugin that is killed leaves its commands running). A second signal ends this process at once;
 * what a release has half-done is then put right on the hosts themselves.
 */
export function whenToldToStop(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => stop.abort(new Interrupted(`it got ${signal}`)));
  }
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    stop.abort(new Interrupted("the process that started it has ended"));
  }, LOOK).unref();
  return stop.signal;
}
