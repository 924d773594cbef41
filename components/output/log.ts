/** Where progress goes, line by line, and what is said of an error. */

export type Log = (line: string) => void;

/** Runs `action` and logs how long it took. */
export async function timed<T>(log: Log, what: string, action: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await action();
  log(`${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
