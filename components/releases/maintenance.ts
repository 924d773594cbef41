/** Maintenance mode: what visitors get in the place of the services, and what it may say. */

/** Visitors get a page with status 503 instead of any service. */
export interface Maintenance {
  /** What the page says: plain text. */
  message: string;
  /** Value of `Retry-After`, in seconds. */
  retryAfter: number;
  /** ISO 8601. */
  since: string;
}

/** Most characters of the message: a fleet's proxy is told the page in one command of at most 16 KiB. */
export const LONGEST_MESSAGE = 1000;
/** Seconds: 30 days. */
const LONGEST_RETRY = 2_592_000;

/** What is wrong with a maintenance mode that is wanted, a line for each; none if it is undefined. */
export function maintenanceFaults(
  maintenance: Pick<Maintenance, "message" | "retryAfter"> | undefined,
): string[] {
  if (maintenance === undefined) return [];
  const { message, retryAfter } = maintenance;
  const faults: string[] = [];
  const length = [...message].length;
  if (length > LONGEST_MESSAGE) {
    faults.push(
      `The message has ${length} characters: shorten it to ${LONGEST_MESSAGE}, and link to the rest.`,
    );
  }
  if (message.trim() === "") faults.push("The message is empty: say what visitors may expect.");
  if (!Number.isInteger(retryAfter) || retryAfter < 0 || retryAfter > LONGEST_RETRY) {
    faults.push(`Retry-After is ${retryAfter}: give whole seconds, from 0 to ${LONGEST_RETRY}.`);
  }
  return faults;
}
