/** Paths of files and folders, on a machine and in a container. */
import { posix } from "node:path";

/** Whether a text is an absolute path other than `/`, without `..` and the like, or a slash at its end. */
export function isPlainPath(path: string): boolean {
  return (
    path.startsWith("/") && path !== "/" && posix.normalize(path) === path && !path.endsWith("/")
  );
}

/** The first of `folders` that a path is, or is in; undefined if it is in none. */
export function folderOf(path: string, folders: readonly string[]): string | undefined {
  return folders.find((folder) => path === folder || path.startsWith(`${folder}/`));
}
