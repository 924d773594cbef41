// Stages a build context: copies what .dockerignore lets through, with modes 644/755 and without
// empty folders, as git would keep it. docker-build hashes mode bits and paths, so a context taken
// as it lies on disk would look changed under another umask or in another clone.
//
// A staged context is named by its content and never changed: a preview and an update at the same
// time cannot disturb each other, and an edit during a build does not get into it.
//
// The modes are for the image: what is staged may be as secret as where it comes from, so the folder
// around all of it is its owner's alone.
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type ContextEntry, hashFile, type ScannedContext, scanContext } from "./scan.ts";

export interface StageOptions {
  /** The image's name, e.g. `app`: the folder its contexts are kept in. */
  name: string;
  /** The context, e.g. `identidock/app`. */
  context: string;
  /** The Dockerfile. @default `Dockerfile` in the context */
  dockerfile?: string;
  /** The folder of all staged contexts, e.g. `.longshore/contexts`. */
  folder: string;
}

export interface StagedContext {
  /** The staged context, in `folder`. */
  context: string;
  /** The staged Dockerfile, in `folder`. */
  dockerfile: string;
  /** SHA-256 of paths, modes and content, in hexadecimal: the same on every machine. */
  hash: string;
  /** Tells whether .dockerignore keeps a path (relative to the context) out of the build. */
  ignores: (path: string) => boolean;
}

/** How long a staged context that no longer is the current one is kept, in milliseconds. */
const KEEP = 24 * 60 * 60 * 1000;

/** Stages a context, or finds that it is staged. */
export function stageContext(options: StageOptions): StagedContext {
  const folder = join(options.folder, options.name.replace(/[^\w.-]/g, "_"));
  // A file that changes between scan and copy makes the copy's hash another one: look again.
  for (let attempt = 1; ; attempt++) {
    const scanned = scanContext(options.context, options.dockerfile);
    makePrivate(options.folder);
    const target = join(folder, scanned.hash.slice(0, 16));
    if (exists(target) || copyTo(target, scanned)) {
      const now = new Date();
      utimesSync(target, now, now);
      removeOld(folder, now.getTime() - KEEP);
      return {
        context: join(target, "context"),
        dockerfile: join(target, "Dockerfile"),
        hash: scanned.hash,
        ignores: scanned.ignores,
      };
    }
    if (attempt === 5) {
      throw new Error(
        `\`${options.context}\` changes while it is copied. Stop what writes to it (a watcher, a build), or list that in its .dockerignore, and run the command again.`,
      );
    }
  }
}

/** A context without sources, for a build that only takes an image by its digest. */
export function stageEmptyContext(folder: string): string {
  const empty = join(folder, "empty");
  const dockerfile = join(empty, "Dockerfile");
  makePrivate(folder);
  if (exists(dockerfile)) return empty;
  makeFolder(empty);
  // docker-build wants one on disk as long as the one it is given inline is not known.
  const fresh = join(folder, `empty.${randomUUID()}`);
  writeFileSync(fresh, "FROM scratch\n");
  chmodSync(fresh, 0o644);
  renameSync(fresh, dockerfile);
  return empty;
}

/** Copies into a folder of its own, then renames: a staged context is whole or not there. */
function copyTo(target: string, scanned: ScannedContext): boolean {
  const fresh = `${target}.${randomUUID()}`;
  try {
    const context = join(fresh, "context");
    makeFolder(context);
    for (const entry of scanned.entries) {
      if (!copyEntry(entry, join(context, entry.path))) return false;
    }
    for (const entry of scanned.beside) {
      if (!copyEntry(entry, join(fresh, entry.path))) return false;
    }
    renameSync(fresh, target);
    return true;
  } catch (error) {
    // Another process was first; what it staged is the same.
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error)) && exists(target)) return true;
    if (codeOf(error) === "ENOENT") return false; // a file vanished since the scan
    throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function copyEntry(entry: ContextEntry, target: string): boolean {
  makeFolder(dirname(target));
  if (entry.link !== undefined) {
    symlinkSync(entry.link, target);
    return true;
  }
  copyFileSync(entry.source, target);
  chmodSync(target, entry.mode);
  return hashFile(target) === entry.hash;
}

/** A folder that nobody else can look into, also if it was there with another mode. */
export function makePrivate(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
}

/** 755 whatever the umask is: a folder's mode gets into the image too. */
function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return; // was there
  for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
}

function removeOld(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (modified < before) rmSync(path, { recursive: true, force: true });
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
