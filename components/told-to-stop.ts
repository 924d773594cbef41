/** When a program must stop: it is told to, or whoever started it is gone. */

/** Milliseconds between two looks at whether the parent still lives. */
const LOOK = 1000;

/**
 * Aborted by SIGINT, SIGTERM or SIGHUP, and when the process that started this one ends (a plugin that is killed
 * leaves its commands running). A second signal ends this process at once.
 * @param reason the error to abort with, made of why: `it got SIGINT`.
 */
export function whenToldToStop(reason: (why: string) => Error): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => stop.abort(reason(`it got ${signal}`)));
  }
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    stop.abort(reason("the process that started it has ended"));
  }, LOOK).unref();
  return stop.signal;
}
