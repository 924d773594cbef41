// Finds the linters that are not npm packages: shellcheck and actionlint.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { tally, type StepContext, type Tally } from "./step.ts";

/** What a check without its tool counts as: failed in CI, left out elsewhere. */
export function missingTool(context: StepContext, what: string, remedy: string): Tally {
  const line = `${what}: the tool is missing; ${remedy}`;
  return context.strict
    ? tally({ failed: 1, failures: [line] })
    : tally({ skipped: 1, notes: [line] });
}

/**
 * The path of shellcheck: what is installed, else the Debian package unpacked into the cache, which
 * needs no root and changes nothing on the machine. `undefined` where neither is to be had.
 */
export async function findShellcheck(): Promise<string | undefined> {
  if (await answers("shellcheck")) return "shellcheck";
  const folder = join(cacheFolder(), "shellcheck");
  const unpacked = join(folder, "usr", "bin", "shellcheck");
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(cacheFolder(), { recursive: true });
  const scratch = mkdtempSync(join(cacheFolder(), "shellcheck-"));
  try {
    const options = { cwd: scratch, stdin: "ignore", reject: false } as const;
    const fetched = await execa("apt-get", ["download", "-qq", "shellcheck"], options);
    const deb = readdirSync(scratch).find((name) => name.endsWith(".deb"));
    if (fetched.failed || deb === undefined) return undefined;
    await execa("dpkg-deb", ["-x", deb, "unpacked"], { cwd: scratch });
    if (!(await answers(join(scratch, "unpacked", "usr", "bin", "shellcheck")))) return undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(scratch, "unpacked"), folder);
    return unpacked;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The command for actionlint: what is installed in the pinned version, else built by Go. */
export async function findActionlint(root: string): Promise<string[] | undefined> {
  const go = ["go", "-C", join(root, "toolchain", "actionlint"), "tool", "actionlint"];
  if ((await execa("go", ["version"], { reject: false })).exitCode === 0) return go;
  return (await answers("actionlint")) ? ["actionlint"] : undefined;
}

async function answers(tool: string): Promise<boolean> {
  return (await execa(tool, ["--version"], { reject: false })).exitCode === 0;
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return process.env.LONGSHORE_CACHE ?? join(base, "longshore");
}
