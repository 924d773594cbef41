/** Keeps a release that knows less than a host from undoing what others released there. Pure. */
import type { HostState } from "./types.ts";

/** The stack's state is older than what the host serves. */
export class StaleState extends Error {
  override readonly name = "StaleState";
}

/**
 * Checks one host before anything is touched. One release more than the state knows of is what a
 * killed `pulumi up` leaves (switched, but not written down) and is taken up; more means that others
 * released from another copy of the state.
 * @param lastRelease the last release the stack's state knows of; undefined if it keeps no count.
 * @throws StaleState
 */
export function checkFence(host: string, state: HostState, lastRelease: number | undefined): void {
  const settled = state.settled ?? 0;
  if (lastRelease === undefined || settled <= lastRelease + 1) return;
  throw new StaleState(
    `Host \`${host}\` serves release ${settled}, and this stack's state knows only release ` +
      `${lastRelease}: somebody released from another copy of the state. Use that copy (was an older ` +
      "state restored, or another backend chosen?). To release from this one all the same, set " +
      "`LONGSHORE_TAKE_OVER=1`.",
  );
}
