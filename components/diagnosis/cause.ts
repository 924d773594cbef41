/** Why something failed, in words for people, and how such causes become one block of text each. */

/** A cause and its remedy. */
export interface Cause {
  /** Goes on a sentence that began with the service and the host; without a full stop. */
  what: string;
  /** What to do about it, in whole sentences. */
  fix: string;
}

/** A container that failed. */
export interface Finding {
  container: string;
  cause: Cause;
  /** The last lines that it printed; absent where it never ran. */
  logs?: string;
}

/** Log lines quoted in a block. */
export const LOG_LINES = 20;

/**
 * One block for each cause: replicas that failed for the same one share it, with the log of the first.
 * @param subject what the blocks are about, e.g. "service `app` 3f2a1c4 on host `web-1`".
 */
export function blocks(subject: string, findings: Finding[]): string {
  const byCause = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { what, fix } = finding.cause;
    const key = `${what}\n${fix}`;
    byCause.set(key, [...(byCause.get(key) ?? []), finding]);
  }
  return [...byCause.values()].map((same) => block(subject, same)).join("\n");
}

function block(subject: string, findings: Finding[]): string {
  const [first] = findings;
  if (first === undefined) return "";
  const replicas = findings.map(({ container }) => container).join(", ");
  return [
    `${subject}: ${first.cause.what}.`,
    ...(findings.length > 1 ? [`    ${findings.length} replicas: ${replicas}`] : []),
    `    What to do: ${first.cause.fix}`,
    ...(first.logs === undefined ? [] : quoted(first.container, first.logs)),
  ].join("\n");
}

function quoted(container: string, logs: string): string[] {
  if (logs === "") return [`    ${container} printed nothing.`];
  return [`    Its last ${LOG_LINES} log lines (${container}):`, logs.replace(/^/gm, "    | ")];
}
