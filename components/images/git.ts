// Asks git about a repository, without taking its locks or its caller's idea of where that is.
import { execaSync } from "execa";

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
  const result = execaSync("git", args, {
    cwd: folder,
    reject: false,
    env: {
      GIT_OPTIONAL_LOCKS: "0",
      LC_ALL: "C",
      ...Object.fromEntries(HIDDEN.map((name) => [name, undefined])),
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.failed && !isMissingHead(args, result)) {
    if (result.code === "ENOENT") throw new GitError("git is not installed.", "no git");
    if (/not a git repository/.test(result.stderr))
      throw new GitError(result.stderr, "no repository");
    throw new GitError(
      `git ${args[0]} failed in \`${folder}\`: ${result.stderr || result.message}`,
      undefined,
    );
  }
  return result.stdout.split(separator).filter((part) => part !== "");
}

/** `rev-parse --verify --quiet HEAD` fails without a word where there is no commit yet. */
function isMissingHead(args: string[], result: { exitCode?: number; stderr: string }): boolean {
  return args.includes("--quiet") && result.exitCode === 1 && result.stderr === "";
}
