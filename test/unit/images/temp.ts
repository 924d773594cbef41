// Temporary folders and git repositories for the tests of images.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder that is gone after the test. */
export function tempFolder(files: Record<string, string> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "longshore-images-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  write(folder, files);
  return folder;
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Runs git as somebody, away from the machine's own configuration. */
export function gitIn(folder: string, ...args: string[]): string {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  const quiet = ["-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...who, ...quiet, "-c", "protocol.file.allow=always", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** A repository with one commit of these files. */
export function tempRepository(files: Record<string, string>): string {
  const folder = tempFolder(files);
  gitIn(folder, "init", "--quiet");
  commitAll(folder, "first");
  return folder;
}

/** Commits all there is; the commit as tags abbreviate it. */
export function commitAll(folder: string, message: string): string {
  gitIn(folder, "add", "--all");
  gitIn(folder, "commit", "--quiet", "--allow-empty", "--message", message);
  return gitIn(folder, "rev-parse", "HEAD").slice(0, 12);
}
