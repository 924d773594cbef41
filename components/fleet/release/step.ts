/** A service's change on one host, and what is done with many of them at once. */
import type { HostRelease } from "./host-release.ts";
import type { ServiceChange } from "./plan/planner.ts";
import { ReleaseFailure } from "./failures.ts";
import { messageOf } from "../../output/log.ts";

/** A service's change on one of the hosts that have it. */
export interface Step {
  host: HostRelease;
  change: ServiceChange;
}

/** Runs `action` on all at once and lets all end; throws with every failure, not the first alone. */
export async function onAll<T, R>(items: T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(items.map(action));
  const failures = results.filter((result) => result.status === "rejected");
  if (failures.length > 0) {
    const messages = new Set(failures.map((failed) => messageOf(failed.reason)));
    const cause: unknown = failures[0]?.reason;
    // A refusal (a lock, an old state) keeps its kind: it says that nothing was touched.
    if (messages.size === 1 && cause instanceof Error) throw cause;
    throw new ReleaseFailure([...messages].join("\n"), { cause });
  }
  return results.map((result) => (result as PromiseFulfilledResult<R>).value);
}
