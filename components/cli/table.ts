/** What is printed for people: rows of text in columns, and times. */

/** One line a row, columns as wide as their longest cell and two spaces apart. */
export function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** `2026-01-02 10:00:00` of `2026-01-02T10:00:00.000Z`: UTC, as the heading or the sentence around says. */
export function timeText(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}
