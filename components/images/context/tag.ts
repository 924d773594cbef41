// Names an image for people: the last commit that touched what it is built from, or a build number.
import { readFileSync, realpathSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { git, GitError } from "../../git.ts";

export interface TagOptions {
  /** The context, e.g. `identidock/app`. */
  context: string;
  /** The Dockerfile, if it is not the context's. */
  dockerfile?: string;
  /** Hash of what is built, see `StagedContext`. */
  contextHash: string;
  /** Tells whether a path (relative to the context) is kept out of the build. */
  ignores: (path: string) => boolean;
  /** Whether uncommitted changes may be built: on this computer only. */
  allowDirty: boolean;
  /** Takes the place of the commit. */
  buildNumber?: string;
}

/** As long in every clone; git's own abbreviation grows with what a clone has fetched. */
const COMMIT_LENGTH = 12;
const LISTED = 10;

/** The tag of what is built now; throws if it cannot be told or may not be built. */
export function imageTag(options: TagOptions): string {
  const { context, contextHash, allowDirty, buildNumber } = options;
  if (buildNumber !== undefined) checkBuildNumber(buildNumber);
  const content = contextHash.slice(0, COMMIT_LENGTH);

  // A context that an npm package brings is pinned by the lockfile, not by a commit.
  const packaged = realpathSync(context).split(sep).includes("node_modules");
  const known = packaged ? "packaged" : readCommit(options);
  if (typeof known === "string") {
    if (buildNumber !== undefined) return buildNumber;
    if (known === "packaged" || allowDirty) return `content-${content}`;
    throw new Error(`${NO_COMMIT[known](context)} Or give \`buildNumber\` to name its image by.`);
  }

  const { commit, dirty } = known;
  const base = buildNumber ?? commit ?? "uncommitted";
  if (dirty.length === 0) return base;
  if (!allowDirty) throw new Error(dirtyMessage(context, dirty));
  return `${base}-dirty.${content}`;
}

interface Known {
  /** The last commit that touched the context; none if it has never been committed. */
  commit: string | undefined;
  /** Files of the build that no commit has as they are now. */
  dirty: string[];
}

type Unknown = "no git" | "no repository" | "no commit" | "ignored" | "shallow";

const NO_COMMIT: Record<Unknown, (context: string) => string> = {
  "no git": (context) =>
    `git is not installed, so \`${context}\` has no commit to be named by. Install git.`,
  "no repository": (context) =>
    `\`${context}\` is in no git repository, so it has no commit to be named by. Deploy from a clone.`,
  "no commit": (context) => `The repository of \`${context}\` has no commit yet. Commit it.`,
  ignored: (context) =>
    `git ignores all of \`${context}\`, so it has no commit to be named by. Commit it.`,
  shallow: (context) =>
    `This clone is shallow, and the last commit that touched \`${context}\` lies beyond its depth. Fetch the history: \`fetch-depth: 0\` for actions/checkout, else \`git fetch --unshallow\`.`,
};

function readCommit({ context, dockerfile, ignores }: TagOptions): Known | Unknown {
  const root = realpathSync(context);
  const file = realpathSync(resolve(dockerfile ?? `${context}/Dockerfile`));
  const paths = [root, ...(file.startsWith(root + sep) ? [] : [file])];
  try {
    const asked = ["--show-toplevel", "--is-shallow-repository", "--verify", "--quiet", "HEAD"];
    const [top = root, shallow, head] = git(root, ["rev-parse", ...asked]);
    if (head === undefined) return "no commit";
    const [commit] = git(root, ["log", "-1", "--format=%H", "--", ...paths]);
    // The boundary of a shallow clone seems to have added every file.
    if (shallow === "true" && commit !== undefined && isBoundary(root, commit)) return "shallow";
    const dirty = readDirty(top, root, paths, ignores);
    if (commit === undefined && dirty.length === 0) return "ignored";
    return { commit: commit?.slice(0, COMMIT_LENGTH), dirty };
  } catch (error) {
    if (error instanceof GitError && error.reason !== undefined) return error.reason;
    throw error;
  }
}

function isBoundary(root: string, commit: string): boolean {
  const [list] = git(root, ["rev-parse", "--git-path", "shallow"]);
  return list !== undefined && readFileSync(resolve(root, list), "utf8").includes(commit);
}

function readDirty(
  top: string,
  root: string,
  paths: string[],
  ignores: TagOptions["ignores"],
): string[] {
  // Used by the build even if .dockerignore lists them.
  const always = new Set([...paths, resolve(root, "Dockerfile"), resolve(root, ".dockerignore")]);
  const status = ["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"];
  return git(root, [...status, "--", ...paths], "\0")
    .map((line) => resolve(top, line.slice(3)))
    .filter((path) => always.has(path) || !ignores(relative(root, path)))
    .map((path) => relative(top, path))
    .sort();
}

function checkBuildNumber(buildNumber: string): void {
  if (buildNumber === "latest") {
    throw new Error(
      "`buildNumber` is `latest`, which does not say what runs. Give the number of the build.",
    );
  }
  if (!/^\w[\w.-]{0,99}$/.test(buildNumber)) {
    throw new Error(
      `\`buildNumber\` is \`${buildNumber}\`, which cannot be a tag. Give up to 100 letters, digits, \`_\`, \`.\` and \`-\`, e.g. \`142\`.`,
    );
  }
}

function dirtyMessage(context: string, dirty: string[]): string {
  const listed = dirty.slice(0, LISTED).map((path) => `\n  ${path}`);
  const rest = dirty.length > LISTED ? `\n  and ${dirty.length - LISTED} more` : "";
  return `\`${context}\` has changes that are in no commit:${listed.join("")}${rest}\nCommit them, or list what no build needs in .dockerignore. Only local and simulated stacks build uncommitted changes (\`allowDirty\`).`;
}
