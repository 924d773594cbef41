// What a test run prints at its end, and its exit code.
import { addUp, type Tally } from "./step.ts";

export interface StepResult {
  name: string;
  seconds: number;
  tally: Tally;
}

/** The closing line, on which CI and people rely: `N passed, N failed[, N skipped]`. */
export function closingLine(results: StepResult[]): string {
  const { passed, failed, skipped } = addUp(results.map((r) => r.tally));
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A run succeeds when nothing failed and at least one check really ran. */
export function exitCode(results: StepResult[]): 0 | 1 {
  const { passed, failed } = addUp(results.map((r) => r.tally));
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** The lines of the summary: a table of the steps, then everything that failed or was left out. */
export function summary(results: StepResult[]): string[] {
  const width = Math.max(4, ...results.map((r) => r.name.length));
  const row = (name: string, counts: string[], time: string) =>
    `  ${name.padEnd(width)}${counts.map((cell) => cell.padStart(9)).join("")}${time.padStart(14)}`;
  const lines = [row("step", ["passed", "failed", "skipped"], "time")];
  for (const { name, tally, seconds } of results) {
    const counts = [tally.passed, tally.failed, tally.skipped].map(String);
    lines.push(row(name, counts, elapsed(seconds)));
  }
  const { failures, notes } = addUp(results.map((r) => r.tally));
  if (failures.length > 0) lines.push("", "Failed:", ...failures.map((line) => `  ${line}`));
  if (notes.length > 0) lines.push("", "Left out:", ...notes.map((line) => `  ${line}`));
  return lines;
}

export function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
