/**
 * The ledger as sealed text and back. The text travels in an environment variable,
 * which other processes of the user can see, so it must say nothing to who has not the key.
 */
import { seal, unseal } from "../sealed.ts";
import { EMPTY_LEDGER, type Entry, type Ledger, type Snapshot } from "./types.ts";

/** Most entries that are kept. */
export const MOST_ENTRIES = 10;

/** Most characters of the text: Linux takes 128 KiB for one variable, and the report needs some. */
export const MOST_TEXT = 90 * 1024;

/** The ledger of the last run cannot be read. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
}

/**
 * Encrypts a ledger, without the oldest entries where it would be too long.
 * @param key 32 bytes, base64url.
 * @returns the text, and the numbers of the releases that found no room.
 */
export function sealLedger(
  ledger: Ledger,
  key: string,
  most = MOST_TEXT,
): { text: string; dropped: number[] } {
  const kept = { ...ledger, entries: ledger.entries.slice(-MOST_ENTRIES) };
  const dropped: number[] = [];
  for (;;) {
    const text = seal(JSON.stringify(kept), key);
    const [oldest, ...rest] = kept.entries;
    if (text.length <= most || oldest === undefined) return { text, dropped };
    dropped.push(oldest.release);
    kept.entries = rest;
  }
}

/**
 * Decrypts what `sealLedger` made.
 * @throws LedgerError if the key is another one or the text was changed.
 */
export function openLedger(text: string, key: string): Ledger {
  let ledger: Ledger | LedgerV1;
  try {
    ledger = JSON.parse(unseal(text, key)) as Ledger | LedgerV1;
  } catch {
    // Without the cause: an error of the parser would quote what it read.
    throw new LedgerError(UNREADABLE);
  }
  if (ledger.version === 2) return ledger;
  if (ledger.version === 1) return upgrade(ledger);
  const { version } = ledger as { version: number };
  throw new LedgerError(
    `The stack's ledger of releases has version ${version}, which this Longshore does not know. ` +
      "Nothing was touched. Use the version of Longshore that released last, or a newer one.",
  );
}

/** The ledger of releases before there was another runtime than the fleet. */
interface LedgerV1 extends Omit<Ledger, "version" | "entries"> {
  version: 1;
  entries: (Omit<Entry, "runtime" | "snapshot"> & { contents: Snapshot })[];
}

function upgrade({ bad, entries }: LedgerV1): Ledger {
  return {
    version: 2,
    entries: entries.map(({ contents: snapshot, ...entry }) => ({
      ...entry,
      runtime: "fleet",
      snapshot,
    })),
    bad,
  };
}

/**
 * The ledger in what the last release printed; empty before the first release.
 * @param previous standard output of the last run, if there was one.
 * @throws LedgerError if it is there and cannot be read.
 */
export function previousLedger(previous: string | undefined, key: string): Ledger {
  if (previous === undefined || previous.trim() === "") return EMPTY_LEDGER;
  let printed: { ledger?: unknown };
  try {
    printed = JSON.parse(previous) as typeof printed;
  } catch {
    throw new LedgerError(UNREADABLE);
  }
  // Releases of before there was a ledger printed their report alone.
  return typeof printed.ledger === "string" ? openLedger(printed.ledger, key) : EMPTY_LEDGER;
}

/**
 * Number of the last release that the stack's state knows of: 0 before the first.
 * @param previous standard output of the last run, if there was one.
 */
export function previousRelease(previous: string | undefined): number {
  if (previous === undefined || previous.trim() === "") return 0;
  return (JSON.parse(previous) as { release?: number }).release ?? 0;
}

const UNREADABLE =
  "The stack's ledger of releases cannot be decrypted: its key (the resource `…-release-key`) is " +
  "not the one that it was written with, or the state was changed by hand. Nothing was touched. " +
  "Import a state in which both are right (`pulumi stack import`); or give up rolling back to " +
  "earlier releases: take the resource `…-release-run` out of the state with `pulumi state delete " +
  "URN` (`pulumi stack --show-urns` names it), and the next update begins a new ledger.";
