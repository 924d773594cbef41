/** The figures as `bench/results/local.md`. */
import { cpus } from "node:os";
import { execa } from "execa";
import { ROOT, type TestStack } from "../../test/support/test-stack.ts";
import type { Span } from "./timeline.ts";

interface Measured {
  rounds: number;
  /** Case → seconds of each round; the floor is the first. */
  seconds: Map<string, number[]>;
  /** Update → where its seconds went. */
  parts: Record<string, Span[]>;
}

export async function report(stack: TestStack, measured: Measured): Promise<string> {
  const { stdout: commit } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT });
  const { Version } = await stack.docker.version();
  const { rounds, seconds, parts } = measured;
  return [
    "# Local engine",
    "",
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} cores, Docker ${Version}, ` +
      `${rounds} rounds in turn after one warm-up. Seconds of whole commands, of releases without the watch after the switch.`,
    "",
    "| case | median | min–max | ÷ floor |",
    "|---|---|---|---|",
    ...rows(seconds),
    ...Object.entries(parts).flatMap(([title, spans]) => [
      "",
      `## Where the seconds go: \`pulumi up --skip-preview\`, ${title}`,
      "",
      "One update by its events; what overlaps counts in each row, and lines of the release (…) have a time alone.",
      "",
      "| what | begins at, s | takes, s |",
      "|---|---|---|",
      ...spans.map(
        ({ name, at, seconds: took }) =>
          `| ${name} | ${at.toFixed(2)} | ${name.startsWith("…") ? "" : took.toFixed(2)} |`,
      ),
    ]),
    "",
  ].join("\n");
}

function rows(seconds: Map<string, number[]>): string[] {
  const base = median([...seconds.values()][0] ?? []);
  return [...seconds].map(([name, values]) => {
    const middle = median(values);
    const range = `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
    return `| ${name} | ${middle.toFixed(2)} | ${range} | ${(middle / base).toFixed(1)} |`;
  });
}

/** The middle one. */
export function median(values: number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
