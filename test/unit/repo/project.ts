// The project's own files, as the tests of its rules see them.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

export interface Manifest {
  engines: { node: string };
  scripts: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
}

export const manifest = JSON.parse(read("package.json")) as Manifest;

/** Every file of the project, committed or about to be, as paths from its root. */
export const files = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { cwd: root, encoding: "utf8" },
)
  .split("\0")
  .filter((file) => file !== "" && statSync(join(root, file), { throwIfNoEntry: false })?.isFile());

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
