/**
 * bench/results/releases.md: a section for the load cases and one for the kill matrix. Each is written
 * again after every case, so that an interrupted run keeps what it has; the other one stays as it is.
 */
import { byName } from "../../components/order.ts";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../test/support/test-stack.ts";

const FILE = join(ROOT, "bench/results/releases.md");
const HEAD = `# Releases under load

What a release costs the visitors, measured by \`npm run bench:releases\` (docs/benchmarks.md says how).
`;

export class Section {
  readonly title: string;
  readonly columns: string[];
  readonly rows = new Map<string, string[]>();
  readonly notes: string[] = [];
  readonly #about: string;

  /** @param about how it was measured: date, commit, machine, size. */
  constructor(title: string, about: string, columns: string[]) {
    this.title = title;
    this.#about = about;
    this.columns = columns;
    // A part that is measured again in the same way replaces its own rows only.
    const [intro, ...known] = parts(read())
      .filter(([name]) => name === title)
      .flatMap(([, text]) => text.split("\n").filter((line) => line !== ""));
    if (intro === about) for (const line of known.slice(2)) this.#take(line);
  }

  /** Adds a row, or replaces the one of the same name, and writes the file. */
  put(row: string[]): void {
    this.rows.set(row[0] ?? "", row);
    this.write();
  }

  write(): void {
    const table = [this.columns, this.columns.map(() => "---"), ...this.rows.values()].map(
      (cells) => `| ${cells.join(" | ")} |`,
    );
    const own = `${[this.#about, "", ...table].join("\n")}\n`;
    const sections = parts(read()).filter(([name]) => name !== this.title);
    const all = [...sections, [this.title, own] as const].sort(([x], [y]) => byName(y, x));
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(
      FILE,
      [HEAD, ...all.map(([name, text]) => `## ${name}\n\n${text.trim()}\n`)].join("\n"),
    );
  }

  #take(line: string): void {
    const cells = line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, ""));
    if (line.startsWith("| ") && cells[0] !== undefined) this.rows.set(cells[0], cells);
  }
}

/** Date, commit and machine in a line. */
export async function circumstances(dockerVersion: string, more: string): Promise<string> {
  const git = (...args: string[]) => execa("git", args, { cwd: ROOT });
  const { stdout: commit } = await git("rev-parse", "--short", "HEAD");
  const { stdout: changed } = await git("status", "--porcelain", "--untracked-files=no");
  const dirty = changed.split("\n").some((line) => line !== "" && !line.includes("bench/results/"));
  const date = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${date}, commit ${commit}${dirty ? " with changes" : ""}, ${cpus().length} cores ` +
    `(${cpus()[0]?.model.trim() ?? "?"}), ${memory} GiB, Docker ${dockerVersion}. ${more}`
  );
}

function read(): string {
  return existsSync(FILE) ? readFileSync(FILE, "utf8") : "";
}

function parts(text: string): [name: string, text: string][] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [name = "", ...lines] = part.split("\n");
      return [name, lines.join("\n")];
    });
}
