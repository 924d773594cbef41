// Asks git about a repository, without taking its locks or its caller's idea of where that is.
import { spawnSync } from "node:child_process";

export class GitError extends Error {
  readonly reason: "no git" | "no repository" | undefined;

  constructor(message: string, reason: GitError["reason"]) {
    super(message);
    this.reason = reason;
  }
}

/** Set in hooks and by some tools; they would point at another repository. */
const HIDDEN = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"];

/** Runs git in a folder; its output split into lines, or at another separator. */
export function git(folder: string, args: string[], separator = "\n"): string[] {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  for (const name of HIDDEN) delete env[name];
  const maxBuffer = 64 * 1024 * 1024;
  const result = spawnSync("git", args, { cwd: folder, env, encoding: "utf8", maxBuffer });
  if (result.error !== undefined) {
    const missing = (result.error as NodeJS.ErrnoException).code === "ENOENT";
    throw new GitError(
      `git cannot be run: ${result.error.message}`,
      missing ? "no git" : undefined,
    );
  }
  if (result.status !== 0 && !isMissingHead(args, result)) {
    const missing = result.stderr.includes("not a git repository");
    throw new GitError(
      `git ${args[0]} failed in \`${folder}\`: ${result.stderr.trim()}`,
      missing ? "no repository" : undefined,
    );
  }
  return result.stdout.split(separator).filter((part) => part !== "");
}

/** `rev-parse --verify --quiet HEAD` fails without a word where there is no commit yet. */
function isMissingHead(args: string[], result: { status: number | null; stderr: string }): boolean {
  return args.includes("--quiet") && result.status === 1 && result.stderr === "";
}
