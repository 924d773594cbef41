/** Who has a host's lock of releases, or of its backups: a line of JSON beside the stack's record. */
import { hostname, userInfo } from "node:os";

export interface Holder {
  /** `user@machine` */
  actor: string;
  pid: number;
  /** ISO 8601. */
  since: string;
}

/** This process as a holder. */
export function ownHolder(): Holder {
  return {
    actor: `${userName()}@${hostname()}`,
    pid: process.pid,
    since: new Date().toISOString(),
  };
}

/** `ana@laptop, process 7, since 2026-11-21T08:00:00Z` */
export function nameHolder(line: string): string {
  try {
    const { actor, pid, since } = JSON.parse(line) as Holder;
    return `${actor}, process ${pid}, since ${since}`;
  } catch {
    return "a holder whose name cannot be read";
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}`; // a user id without a name, as in some containers
  }
}
