// Pure functions behind the repository's rules: each takes text and returns what is wrong with it.

/** Paths that exist on one person's or one CI's machine only. */
const MACHINE_PATH = /(?<![\w.$}~-])\/(?:work|root|home\/[\w.-]+|Users\/[\w.-]+)\//;
/** Paths inside images and of CI runners, which are the same everywhere. */
const COMMON_PATHS = /\/root\/\.(npm|cache|ssh|docker)\b|\/home\/(node|runner|deploy|u)\//g;
/** Files that plant such a path to show that it is found. */
const PLANTED = ["test/unit/repo/rules.test.ts"];

export function machineTraces(file: string, text: string): string[] {
  if (PLANTED.includes(file)) return [];
  return text.split("\n").flatMap((line, index) => {
    return MACHINE_PATH.test(line.replaceAll(COMMON_PATHS, ""))
      ? [`${file}:${index + 1}: ${line.trim()}`]
      : [];
  });
}

/** Mentions of where a package was fetched from. */
export function registryHosts(lockfile: string): string[] {
  return lockfile.match(/"resolved":\s*"(?:https?|git)[^"]*"/g) ?? [];
}

/** Code files with more lines than they should have. */
export function longFiles(files: string[], read: (file: string) => string, most: number): string[] {
  return files
    .filter((file) =>
      /^(components|toolchain|workbench|identidock|test\/(runner|support))\/.*(?<!_test)\.(ts|mjs|go|sh)$/.test(
        file,
      ),
    )
    .map((file) => ({ file, lines: read(file).replace(/\n$/, "").split("\n").length }))
    .filter(({ lines }) => lines > most)
    .map(({ file, lines }) => `${file}: ${lines} lines`);
}

const KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/** What in a changelog is not as https://keepachangelog.com/en/1.1.0/ wants it. */
export function changelogProblems(text: string): string[] {
  const problems: string[] = [];
  const lines = text.split("\n");
  if (lines[0] !== "# Changelog") problems.push("line 1: must be '# Changelog'");
  const sections = lines.filter((line) => line.startsWith("## "));
  if (sections[0] !== "## [Unreleased]") problems.push("has no '## [Unreleased]' section first");
  let kind = false;
  lines.forEach((line, index) => {
    const at = `line ${index + 1}`;
    if (line.startsWith("## ")) {
      kind = false;
      if (!/^## \[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2})/.test(line)) {
        problems.push(`${at}: not '## [Unreleased]' or '## [X.Y.Z] - YYYY-MM-DD'`);
      }
    } else if (line.startsWith("### ")) {
      kind = true;
      const name = line.slice(4).trim();
      if (!KINDS.includes(name)) problems.push(`${at}: '${name}' is not a kind of change`);
    } else if (/^[-*] /.test(line) && !kind) {
      problems.push(`${at}: an entry outside a kind of change`);
    }
  });
  return problems;
}
