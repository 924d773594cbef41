// The part of `up` and `down` that needs root, for users who are not root but may become it without
// a password: the same program runs once more under sudo, inside the lock of the one that asks.
import { chownSync, lchownSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Paths } from "./paths.ts";
import { WorkbenchError } from "./progress.ts";

/** Who asked, as `UID:GID`; set by us alone. */
const OWNER = "LONGSHORE_OWNER";

/** sudo drops the environment; these decide where things are and how the network is reached. */
const PASSED_ON =
  /^(PATH|HOME|TERM|LONGSHORE_.*|PULUMI_HOME|XDG_CACHE_HOME|DOCKER_.*|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|GO.*|(https?|no|all)_proxy)$/i;

export function passedOn(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(([name, value]) => value !== undefined && PASSED_ON.test(name))
    .map(([name, value]) => `${name}=${value}`);
}

/** Runs `up` or `down` as root, with progress and errors on our own stderr. */
export async function asRoot(command: "up" | "down", paths: Paths, env: NodeJS.ProcessEnv) {
  // Root must not be the one who makes folders that the user needs later.
  mkdirSync(paths.cache, { recursive: true });
  mkdirSync(dirname(paths.state), { recursive: true });
  const owner = `${OWNER}=${process.getuid?.()}:${process.getgid?.()}`;
  const cli = join(dirname(fileURLToPath(import.meta.url)), "commands", "workbench.ts");
  const result = await execa(
    "sudo",
    ["-n", "env", ...passedOn(env), owner, process.execPath, cli, "privileged", command],
    { stdin: "ignore", stdout: "ignore", stderr: "inherit", reject: false },
  );
  if (result.exitCode === 0) return;
  throw new WorkbenchError(
    `\`workbench ${command}\` as root (by sudo) failed, see above. Run the command as root to see more.`,
  );
}

export interface Owner {
  uid: number;
  gid: number;
}

/** The user that a run under sudo works for; undefined for root itself. */
export function ownerOf(env: NodeJS.ProcessEnv): Owner | undefined {
  const found = /^(\d+):(\d+)$/.exec(env[OWNER] ?? "");
  return found ? { uid: Number(found[1]), gid: Number(found[2]) } : undefined;
}

/** Gives a file that the user's programs read to the user. */
export function giveFile(owner: Owner | undefined, file: string): void {
  if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
}

/** Gives a folder that the user's programs write to, and all in it, to the user. */
export function giveTo(owner: Owner | undefined, folder: string): void {
  if (owner === undefined) return;
  chownSync(folder, owner.uid, owner.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveTo(owner, path);
    else lchownSync(path, owner.uid, owner.gid);
  }
}
