/** What the ledger forbids: pure. */
import { imagesOf } from "./contents.ts";
import type { Ledger, Snapshot } from "./types.ts";

/** The release was refused before anything was touched. The process exits with `REFUSED`. */
export class ReleaseRefused extends Error {
  override readonly name = "ReleaseRefused";
}

/**
 * Refuses images that a rollback has left.
 * @param allowed whether they were asked for explicitly.
 * @throws ReleaseRefused naming each of them.
 */
export function refuseBad(ledger: Ledger, snapshot: Snapshot, allowed: boolean): void {
  if (allowed) return;
  const wanted = imagesOf(snapshot);
  const found = Object.entries(wanted).flatMap(([service, { ref, tag }]) =>
    ledger.bad
      .filter((bad) => bad.ref === ref)
      .map(({ release }) => `  - service \`${service}\` ${tag}, of release ${release} (${ref})`),
  );
  if (found.length === 0) return;
  throw new ReleaseRefused(
    "The release is refused, nothing was started: it would bring back what a rollback has left.\n" +
      `${found.join("\n")}\n` +
      "Release a version with the fault fixed; or, if it was not to blame, " +
      "`longshore up --allow-bad`.",
  );
}
