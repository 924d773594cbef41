// Lines on stderr that say what is being done and for how long it has been, so that nobody wonders
// whether a build of minutes hangs.
export interface Progress {
  /** Runs one long step; its title reads like "building pulumi from Go modules". */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(line: string): void;
}

export const silent: Progress = { step: (_title, work) => work(), note: () => {} };

export function progressTo(write: (line: string) => void, everyMs = 15_000): Progress {
  return {
    note: write,
    async step(title, work) {
      const started = Date.now();
      const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
      write(`${title} …`);
      const beat = setInterval(() => write(`${title} … ${elapsed()}`), everyMs);
      try {
        const result = await work();
        write(`${title}: done in ${elapsed()}`);
        return result;
      } finally {
        clearInterval(beat);
      }
    },
  };
}

export const toStderr: Progress = progressTo((line) =>
  process.stderr.write(`toolchain: ${line}\n`),
);
