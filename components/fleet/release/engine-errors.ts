/** Answers of the engine that are no failure. */

/** The HTTP status that the engine answered with; undefined if it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
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
