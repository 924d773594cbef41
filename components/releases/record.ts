/** What a release adds to the ledger: pure. */
import { imagesOf } from "./contents.ts";
import type {
  BadImage,
  Entry,
  Ledger,
  LedgerRequest,
  ReleaseReport,
  Runtime,
  Snapshot,
} from "./types.ts";

/** Who released, when, and from which commit. */
export type Provenance = Pick<Entry, "time" | "actor" | "commit" | "dirty">;

/**
 * The ledger after a release that succeeded.
 * @param report what the release did.
 * @param from the runtime that did it, and who told it to.
 */
export function recordRelease(
  ledger: Ledger,
  { snapshot, rollbackTo }: LedgerRequest,
  report: ReleaseReport,
  from: { runtime: Runtime } & Provenance,
): Ledger {
  const last = ledger.entries.at(-1);
  const serving = new Set(Object.values(imagesOf(snapshot)).map(({ ref }) => ref));
  // What serves was let through on purpose, and is not bad any more.
  const bad = ledger.bad.filter(({ ref }) => !serving.has(ref));
  if (last !== undefined && report.release <= last.release) {
    // Nothing changed on the hosts; what will be brought back is the definition as it now is.
    const entries = [...ledger.entries.slice(0, -1), { ...last, snapshot }];
    return { ...ledger, entries, bad };
  }
  const left = rollbackTo === undefined || last === undefined ? [] : leaving(last, snapshot);
  const entry: Entry = {
    release: report.release,
    ...from,
    releaseCommands: snapshot.services
      .filter(({ name, releaseCommand }) => releaseCommand && report.services[name]?.changed)
      .map(({ name }) => name),
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    snapshot,
  };
  return { ...ledger, entries: [...ledger.entries, entry], bad: [...bad, ...left] };
}

/** The images of `last` that `next` does not run any more. */
export function leaving(last: Entry, next: Snapshot): BadImage[] {
  const kept = new Set(Object.values(imagesOf(next)).map(({ ref }) => ref));
  return Object.entries(imagesOf(last.snapshot))
    .filter(([, { ref }]) => !kept.has(ref))
    .map(([service, { ref, tag }]) => ({ service, ref, tag, release: last.release }));
}
