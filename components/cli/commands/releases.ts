/** `longshore releases`: what the ledger knows, without any secret. */
import type { Entry, Ledger } from "../../releases/types.ts";
import type { CommonOptions, Terminal } from "../context.ts";
import { CliError } from "../exit.ts";
import { openStack } from "../stack.ts";
import { table, timeText } from "../table.ts";
import { imagesOf } from "../../releases/contents.ts";

/** A release as people and programs see it. */
export interface ReleaseLine {
  release: number;
  time: string;
  actor: string;
  commit: string | null;
  dirty: boolean;
  /** Service → tag. */
  services: Record<string, string>;
  /** Service → image by digest. */
  images: Record<string, string>;
  releaseCommands: string[];
  /** `serves`, `replaced`, `rolled back by release 8`. */
  status: string;
  rollbackTo?: number;
}

export async function releases(options: CommonOptions, terminal: Terminal): Promise<void> {
  const open = await openStack(options);
  const lines = releaseLines(await open.ledger());
  terminal.out(options.json ? JSON.stringify(lines) : releaseTable(lines));
}

/** All releases of a ledger, oldest first. */
export function releaseLines({ entries }: Ledger): ReleaseLine[] {
  return entries.map((entry, index) => {
    const images = Object.entries(imagesOf(entry.snapshot));
    return {
      release: entry.release,
      time: entry.time,
      actor: entry.actor,
      commit: entry.commit ?? null,
      dirty: entry.dirty,
      services: Object.fromEntries(images.map(([name, { tag }]) => [name, tag])),
      images: Object.fromEntries(images.map(([name, { ref }]) => [name, ref])),
      releaseCommands: entry.releaseCommands,
      status: statusOf(entries, index),
      ...(entry.rollbackTo === undefined ? {} : { rollbackTo: entry.rollbackTo }),
    };
  });
}

/** The release that serves. */
export function newest(ledger: Ledger): ReleaseLine {
  const last = releaseLines(ledger).at(-1);
  if (last === undefined) throw new CliError("The ledger has no release yet.");
  return last;
}

function statusOf(entries: Entry[], index: number): string {
  const next = entries[index + 1];
  if (next === undefined) return "serves";
  return next.rollbackTo === undefined ? "replaced" : `rolled back by release ${next.release}`;
}

/** The newest first, each with what it changed: `app 3f2a1c4 → 9d8e7f6`. */
export function releaseTable(lines: ReleaseLine[]): string {
  const rows = lines.map((line, index) => [
    String(line.release),
    timeText(line.time),
    line.actor,
    line.commit === null ? "-" : line.commit.slice(0, 12) + (line.dirty ? "+" : ""),
    changes(lines[index - 1], line),
    line.rollbackTo === undefined
      ? line.status
      : `${line.status}, brought back release ${line.rollbackTo}`,
  ]);
  return table(["RELEASE", "TIME (UTC)", "BY", "COMMIT", "SERVICES", "STATUS"], rows.reverse());
}

function changes(before: ReleaseLine | undefined, line: ReleaseLine): string {
  if (before === undefined) {
    return Object.entries(line.services)
      .map(([name, tag]) => `${name} ${tag}`)
      .join(", ");
  }
  const names = [...new Set([...Object.keys(before.services), ...Object.keys(line.services)])];
  const changed = names
    .filter((name) => before.services[name] !== line.services[name])
    .map(
      (name) => `${name} ${before.services[name] ?? "(none)"} → ${line.services[name] ?? "(gone)"}`,
    );
  return changed.length === 0 ? "same images" : changed.join(", ");
}

/**
 * The release that `version` names: its number, or the tag of one of its images (the newest that has it).
 * @throws CliError listing what is known.
 */
export function findRelease(ledger: Ledger, version: string): Entry {
  const { entries } = ledger;
  const byNumber = entries.find(({ release }) => String(release) === version);
  const byTag = entries.findLast(({ snapshot }) =>
    Object.values(imagesOf(snapshot)).some(({ tag }) => tag === version),
  );
  const found = byNumber ?? byTag;
  if (found !== undefined) return found;
  const known = entries.map(({ release }) => release).join(", ");
  throw new CliError(
    `\`${version}\` is neither a release of this stack nor a tag of one. ` +
      `Its ledger has: ${known === "" ? "none" : known} (see \`longshore releases\`).`,
  );
}
