// What an installation notes beside each program: how it came, and from which sources it was built.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Piece } from "./pieces.ts";
import type { Places } from "./places.ts";

const Stamp = z.object({
  version: z.string(),
  origin: z.enum(["downloaded", "built"]),
  /** Of the Go module it was built from. */
  fingerprint: z.string().optional(),
  /** Of the downloaded file. */
  sha256: z.string().optional(),
  /** The program's size and time of change: another program in its place is not ours. */
  size: z.number(),
  mtimeMs: z.number(),
});
export type Stamp = z.infer<typeof Stamp>;

export const stampName = (file: string) => `.longshore-${file}.json`;

export function readStamp(folder: string, file: string): Stamp | undefined {
  try {
    return Stamp.parse(JSON.parse(readFileSync(join(folder, stampName(file)), "utf8")));
  } catch {
    return undefined;
  }
}

export function matches(stamp: Stamp, program: string): boolean {
  const found = statSync(program, { throwIfNoEntry: false });
  return found?.size === stamp.size && Math.abs(found.mtimeMs - stamp.mtimeMs) < 1;
}

/** Changes with whatever changes the program that is built: module files, sources, build flags. */
export function fingerprint(piece: Piece, places: Places): string {
  const hash = createHash("sha256").update(JSON.stringify(piece.go));
  const walk = (folder: string, prefix: string) => {
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${prefix}/${entry.name}`;
      if (entry.isDirectory()) walk(join(folder, entry.name), path);
      else if (/\.(go|json)$|^go\.(mod|sum)$/.test(entry.name) && !path.endsWith("_test.go")) {
        hash.update(`${path}\0`).update(readFileSync(join(folder, entry.name)));
      }
    }
  };
  walk(join(places.modules, piece.go.module), "");
  return hash.digest("hex");
}
