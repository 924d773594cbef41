// Installs one piece: the official download, or else a build from Go modules. All of it happens in
// a staging folder; the program reaches its place by renaming, its stamp after it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "./build.ts";
import { type Downloads, NotDownloaded } from "./download.ts";
import { ToolchainError } from "./errors.ts";
import type { Found } from "./inspect.ts";
import type { Download, Piece } from "./pieces.ts";
import type { Places } from "./places.ts";
import type { Prober } from "./probe.ts";
import type { Progress } from "./progress.ts";
import { type Stamp, fingerprint, stampName } from "./stamp.ts";

const STAGING = ".longshore-staging";

export interface Installer {
  places: Places;
  prober: Prober;
  progress: Progress;
  /** Undefined: nothing may be downloaded. */
  downloads?: Downloads;
}

/** Removes what interrupted installations left. To be called by the holder of the folder's lock. */
export function sweep(root: string): void {
  rmSync(join(root, STAGING), { recursive: true, force: true });
}

export async function install(
  installer: Installer,
  found: Found,
  root: string,
  pulumi?: string,
): Promise<Found> {
  const { piece } = found;
  const { places, prober } = installer;
  mkdirSync(join(root, STAGING), { recursive: true });
  const staging = mkdtempSync(join(root, STAGING, `${piece.name}-`));
  try {
    const note =
      (await downloaded(installer, piece, staging)) ?? (await built(installer, piece, staging));
    const program = join(staging, piece.file);
    const version = await prober.ask(piece, program, pulumi);
    if (version === undefined) {
      throw new ToolchainError(
        `${piece.name} ${note.version} was ${note.origin}, but the program does not run on this machine (${places.platform} ${places.arch}). Install it yourself, in a version that runs here.`,
      );
    }
    const { origin } = note;
    const brought = origin === "downloaded" ? (piece.download?.(places)?.brings ?? []) : [];
    moveIn(staging, [...brought, piece.file], piece.folder(places), note);
    return { ...found, decision: { use: true, origin, version: note.version } };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

type Note = Pick<Stamp, "origin" | "version" | "fingerprint" | "sha256">;

async function downloaded(
  { downloads, places, progress }: Installer,
  piece: Piece,
  staging: string,
): Promise<Note | undefined> {
  const download = piece.download?.(places);
  if (downloads === undefined || download === undefined) return undefined;
  if (downloads.isHopeless(download)) return undefined;
  try {
    const archive = join(staging, ".download");
    const sha256 = await progress.step(`downloading ${piece.name} ${piece.version}`, () =>
      downloads.save(download, archive),
    );
    await unpack(download, piece, archive, staging);
    return { origin: "downloaded", version: download.version ?? piece.version, sha256 };
  } catch (error) {
    if (!(error instanceof NotDownloaded)) throw error;
    progress.note(`${piece.name} is not downloaded: ${error.message}`);
    for (const name of readdirSync(staging)) {
      rmSync(join(staging, name), { recursive: true, force: true });
    }
    return undefined;
  }
}

async function unpack(download: Download, piece: Piece, archive: string, staging: string) {
  const program = join(staging, piece.file);
  if (download.unpack === "raw") {
    renameSync(archive, program);
  } else {
    const { strip, only } = download.unpack;
    const tar = await import("tar");
    await tar.extract({
      file: archive,
      cwd: staging,
      strip,
      strict: true,
      filter: (path, entry) =>
        "type" in entry &&
        ["File", "OldFile", "Directory"].includes(entry.type) &&
        (only === undefined || only.includes(path.split("/").pop() ?? "")),
    });
    rmSync(archive);
  }
  if (!existsSync(program)) {
    throw new NotDownloaded(`${download.file} does not hold ${piece.file}`);
  }
  chmodSync(program, 0o755);
}

async function built(
  { places, progress }: Installer,
  piece: Piece,
  staging: string,
): Promise<Note> {
  await progress.step(`building ${piece.name} ${piece.version} from Go modules`, () =>
    build(piece, places, join(staging, piece.file)),
  );
  return { origin: "built", version: piece.version, fingerprint: fingerprint(piece, places) };
}

/** Each program after all else but its stamp: without that beside it, it counts as unfinished. */
function moveIn(staging: string, programs: string[], folder: string, note: Note): void {
  mkdirSync(folder, { recursive: true });
  const last: string[] = [];
  for (const program of programs) {
    const { size, mtimeMs } = statSync(join(staging, program));
    const stamp: Stamp = { ...note, size, mtimeMs };
    writeFileSync(join(staging, stampName(program)), JSON.stringify(stamp));
    last.push(program, stampName(program));
  }
  const others = readdirSync(staging).filter((name) => !last.includes(name));
  for (const name of [...others, ...last]) {
    const target = join(folder, name);
    if (statSync(join(staging, name)).isDirectory())
      rmSync(target, { recursive: true, force: true });
    renameSync(join(staging, name), target);
  }
  rmSync(`${folder}.partial`, { force: true });
}
