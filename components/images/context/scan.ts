// Reads a build context: which files a build gets, with the modes and the hash they are staged with.
import ignore from "@balena/dockerignore";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";

/** A file or symbolic link of a context. */
export interface ContextEntry {
  /** Relative to the context, with `/`. */
  path: string;
  /** Where it is read. */
  source: string;
  /** 0o755 if its owner may execute it, else 0o644. */
  mode: number;
  /** SHA-256 of its content, or of where it points. */
  hash: string;
  /** Where a symbolic link points. */
  link?: string;
}

export interface ScannedContext {
  /** Sorted by path. */
  entries: ContextEntry[];
  /** `Dockerfile` and, if there is one of its own, `Dockerfile.dockerignore`. */
  beside: ContextEntry[];
  hash: string;
  ignores: (path: string) => boolean;
}

/** Reads a context; throws if it has none, no Dockerfile, or links that leave it. */
export function scanContext(
  context: string,
  dockerfile = join(context, "Dockerfile"),
): ScannedContext {
  if (!statSync(context, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(
      `The build context \`${context}\` is not a folder. Give \`context\` the folder that holds the image's sources, relative to the program's.`,
    );
  }
  if (!statSync(dockerfile, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(
      `There is no Dockerfile \`${dockerfile}\`. Write one with the stages \`release\` and \`test\` (\`stages\` names others), or give \`dockerfile\` its path.`,
    );
  }
  const own = `${dockerfile}.dockerignore`;
  const beside = [fileEntry("Dockerfile", dockerfile)];
  if (existsSync(own)) beside.push(fileEntry("Dockerfile.dockerignore", own));

  const rules = readIgnore(existsSync(own) ? own : join(context, ".dockerignore"));
  const entries: ContextEntry[] = [];
  walk(context, "", rules, entries);
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  refuseEscapes(context, entries);

  const sum = createHash("sha256");
  for (const part of [beside, entries]) {
    sum.update(JSON.stringify(part.map(({ path, mode, hash, link }) => [path, mode, hash, link])));
  }
  return { entries, beside, hash: sum.digest("hex"), ignores: rules.ignores };
}

/** SHA-256 of a file's content, in hexadecimal. */
export function hashFile(path: string): string {
  const sum = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1 << 18);
  const file = openSync(path, "r");
  try {
    for (let read; (read = readSync(file, chunk)) > 0;) sum.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return sum.digest("hex");
}

interface Rules {
  ignores: (path: string) => boolean;
  /** Tells whether something in an ignored folder may be wanted, by an exception (`!keep`). */
  mayHold: (folder: string) => boolean;
}

function readIgnore(file: string): Rules {
  const text = existsSync(file) ? readFileSync(file, "utf8").replace(/^\uFEFF/, "") : "";
  const lines = text.split(/\r?\n/);
  const rules = ignore.default({ ignorecase: false }).add(lines);
  const exceptions = lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith("!"))
    .map((line) => posix.normalize(line.slice(1).trim()).replace(/^\//, ""));
  return {
    ignores: (path) => rules.ignores(path),
    mayHold: (folder) => exceptions.some((pattern) => mayMatchIn(folder, pattern)),
  };
}

/** Up to its first wildcard a pattern is a path: either leads to the other, or they never meet. */
function mayMatchIn(folder: string, pattern: string): boolean {
  const path = pattern.split(/[*?[\\]/)[0] ?? "";
  const inside = `${folder}/`;
  return path.startsWith(inside) || (path !== pattern && inside.startsWith(path));
}

function walk(root: string, folder: string, rules: Rules, entries: ContextEntry[]): void {
  for (const found of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, found.name);
    const ignored = rules.ignores(path);
    if (found.isDirectory()) {
      if (!ignored || rules.mayHold(path)) walk(root, path, rules, entries);
    } else if (!ignored) {
      const source = join(root, path);
      if (found.isSymbolicLink()) entries.push(linkEntry(path, source));
      if (found.isFile()) entries.push(fileEntry(path, source));
    } // sockets, pipes and devices are nothing to build from
  }
}

function linkEntry(path: string, source: string): ContextEntry {
  const link = readlinkSync(source);
  return { path, source, mode: 0o777, hash: createHash("sha256").update(link).digest("hex"), link };
}

function fileEntry(path: string, source: string): ContextEntry {
  const mode = (statSync(source).mode & 0o100) === 0 ? 0o644 : 0o755;
  return { path, source, mode, hash: hashFile(source) };
}

/** A link must lead to something that the build has too: docker-build follows it. */
function refuseEscapes(context: string, entries: ContextEntry[]): void {
  const root = resolve(context);
  const paths = new Set(entries.map((entry) => entry.path));
  const hasFolder = (path: string) => entries.some((entry) => entry.path.startsWith(`${path}/`));
  for (const { path, link } of entries) {
    if (link === undefined) continue;
    const target = resolve(root, dirname(path), link);
    const inside = relative(root, target).split(sep).join("/");
    if (isAbsolute(link) || inside === ".." || inside.startsWith("../")) {
      throw new Error(
        `\`${join(context, path)}\` links to \`${link}\`, outside the build context. Copy the file into the context, or list the link in .dockerignore and make it in the Dockerfile.`,
      );
    }
    if (inside !== "" && !paths.has(inside) && !hasFolder(inside)) {
      const state = lstatSync(target, { throwIfNoEntry: false })
        ? "is in .dockerignore"
        : "does not exist";
      throw new Error(
        `\`${join(context, path)}\` links to \`${link}\`, which ${state}. Fix the link, or list it in .dockerignore.`,
      );
    }
  }
}
