/** Keeps a release that knows less than a host from undoing what others released there. Pure. */
import type { HostState } from "../types.ts";

/** The stack's state is older than what the host serves. */
export class StaleState extends Error {
  override readonly name = "StaleState";
}

/**
 * Checks one host before anything is touched. A release that the state does not know of is taken up if it
 * began from this very state and no state has written it down, which is what a killed `pulumi up` leaves
 * (switched, but not saved); else others released from another copy of the state.
 * @param lastRelease the last release the stack's state knows of; undefined if it keeps no count.
 * @param confirmed the last release that any state has written down.
 * @throws StaleState
 */
export function checkFence(
  host: string,
  state: HostState,
  lastRelease: number | undefined,
  confirmed = 0,
): void {
  const { settled = 0, settledFrom = settled - 1 } = state;
  if (lastRelease === undefined || settled <= lastRelease) return;
  if (settledFrom === lastRelease && confirmed < settled) return;
  throw stale(
    `Host \`${host}\` serves release ${settled}, and this stack's state knows only release ${lastRelease}: ` +
      "somebody released from another copy of the state.",
  );
}

/**
 * Checks a host that was waited for: what came meanwhile must be what this release wants, too.
 * @param wanted service → its containers on the host.
 * @throws StaleState
 */
export function checkMeanwhile(
  host: string,
  state: HostState,
  lastRelease: number | undefined,
  wanted: Record<string, string[]>,
): void {
  const { settled = 0 } = state;
  if (lastRelease === undefined || settled <= lastRelease) return;
  const others = Object.entries(state.services).filter(([name, service]) => {
    const serving = service[service.active]?.servers ?? [];
    return serving.some((container) => !(wanted[name] ?? []).includes(container));
  });
  if (others.length === 0) return;
  throw stale(
    `While this release waited, another one (${settled}) came to host \`${host}\`, and its versions of ` +
      `${others.map(([name]) => name).join(", ")} serve there now.`,
  );
}

function stale(what: string): StaleState {
  return new StaleState(
    `${what} Nothing was changed. Use the state that released last (was an older one restored, or another ` +
      "backend chosen?). To release from this one all the same, set `LONGSHORE_TAKE_OVER=1`.",
  );
}
