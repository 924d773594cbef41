/** What a release adds to the ledger, and what the ledger forbids: pure. */
import type { ReleaseReport } from "../release/types.ts";
import type { BadImage, Contents, Entry, Ledger, LedgerRequest, StoredImage } from "./types.ts";

/** The release was refused before anything was touched. The process exits with `REFUSED`. */
export class ReleaseRefused extends Error {
  override readonly name = "ReleaseRefused";
}

/** Who released, when, and from which commit. */
export type Circumstances = Pick<Entry, "time" | "actor" | "commit" | "dirty">;

/**
 * The ledger after a release that succeeded.
 * @param report what the release did.
 */
export function recordRelease(
  ledger: Ledger,
  { contents, rollbackTo }: LedgerRequest,
  report: ReleaseReport,
  circumstances: Circumstances,
): Ledger {
  const last = ledger.entries.at(-1);
  const serving = new Set(Object.values(imagesOf(contents)).map(({ ref }) => ref));
  // What serves was let through on purpose, and is not bad any more.
  const bad = ledger.bad.filter(({ ref }) => !serving.has(ref));
  if (last !== undefined && report.release <= last.release) {
    // Nothing changed on the hosts; what will be brought back is the definition as it now is.
    const entries = [...ledger.entries.slice(0, -1), { ...last, contents }];
    return { ...ledger, entries, bad };
  }
  const left = rollbackTo === undefined || last === undefined ? [] : leaving(last, contents);
  const entry: Entry = {
    release: report.release,
    ...circumstances,
    releaseCommands: contents.services
      .filter(({ name, releaseCommand }) => releaseCommand && report.services[name]?.changed)
      .map(({ name }) => name),
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    contents,
  };
  return { ...ledger, entries: [...ledger.entries, entry], bad: [...bad, ...left] };
}

/** The images of `last` that `next` does not run any more. */
export function leaving(last: Entry, next: Contents): BadImage[] {
  const kept = new Set(Object.values(imagesOf(next)).map(({ ref }) => ref));
  return Object.entries(imagesOf(last.contents))
    .filter(([, { ref }]) => !kept.has(ref))
    .map(([service, { ref, tag }]) => ({ service, ref, tag, release: last.release }));
}

/** Image by service, the proxy's among them. */
export function imagesOf({ services, proxy }: Contents): Record<string, StoredImage> {
  return Object.fromEntries([
    ...services.map(({ name, image }): [string, StoredImage] => [name, image]),
    ...(proxy.image === undefined ? [] : [[proxy.name, proxy.image] as [string, StoredImage]]),
  ]);
}

/**
 * Refuses images that a rollback has left.
 * @param allowed whether they were asked for explicitly.
 * @throws ReleaseRefused naming each of them.
 */
export function refuseBad(ledger: Ledger, { contents }: LedgerRequest, allowed: boolean): void {
  if (allowed) return;
  const wanted = imagesOf(contents);
  const found = Object.entries(wanted).flatMap(([service, { ref, tag }]) =>
    ledger.bad
      .filter((bad) => bad.ref === ref)
      .map(({ release }) => `  - service \`${service}\` ${tag}, of release ${release} (${ref})`),
  );
  if (found.length === 0) return;
  throw new ReleaseRefused(
    "The release is refused, nothing was started: it would bring back what a rollback has left.\n" +
      `${found.join("\n")}\n` +
      "Release a version with the fault mended; or, if it was not to blame, " +
      "`longshore up --allow-bad`.",
  );
}

/** All values in a definition that are secret. */
export function secretsOf({ services }: Contents): string[] {
  return services.flatMap(({ secrets, environment, secretVariables }) => [
    ...secrets.map(({ value }) => value),
    ...secretVariables.map((name) => environment[name] ?? ""),
  ]);
}
