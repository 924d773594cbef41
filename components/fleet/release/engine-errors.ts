/** What the engine's answers mean, and which of them are no failure. */

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
