// Progress on stderr: what is being done and how long it has taken, with a sign of life every ten
// seconds, so that nobody wonders whether a long step hangs.
export interface Progress {
  /** Runs one step and reports its start (if it takes long) and its end. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(line: string): void;
}

export const silent: Progress = { step: (_title, work) => work(), note: () => {} };

export function progressTo(write: (line: string) => void, now: () => number = Date.now): Progress {
  const started = now();
  const seconds = (since: number) => `${((now() - since) / 1000).toFixed(1)} s`;
  const note = (line: string) => write(`[${seconds(started).padStart(7)}] ${line}`);
  return {
    note,
    async step(title, work) {
      const begun = now();
      note(`${title} ...`);
      const beat = setInterval(
        () => note(`${title} ... still at it after ${seconds(begun)}`),
        10_000,
      );
      try {
        const result = await work();
        note(`${title}: done in ${seconds(begun)}`);
        return result;
      } finally {
        clearInterval(beat);
      }
    },
  };
}

/** An error whose message is meant for the user: what is wrong, where, and what to do next. */
export class WorkbenchError extends Error {
  override name = "WorkbenchError";
}
