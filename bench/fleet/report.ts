/** The figures as `bench/results/fleet.md`. */
import { cpus } from "node:os";
import { median } from "../local/report.ts";
import type { Figures, Measured } from "./measure.ts";

export function report(all: Measured[], commit: string): string {
  const names = [...new Set(all.map(({ name }) => name))];
  return [
    "# Fleets of simulated machines",
    "",
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} cores for machines and deployer together. identidock: app on each ` +
      "machine, dnmonster and redis on the first. Medians; whole commands (`pulumi up --skip-preview`), builds from BuildKit's cache, releases " +
      "without the watch. CPU and memory of the whole computer, the machines among them; logins and MB of the machine with most.",
    "",
    "| what | machines | rounds | seconds | CPU seconds | GiB in use | logins | MB |",
    "|---|---|---|---|---|---|---|---|",
    ...names.flatMap((name) => rows(name, all)),
    "",
  ].join("\n");
}

function rows(name: string, all: Measured[]): string[] {
  const own = all.filter((each) => each.name === name);
  return [...new Set(own.map(({ size }) => size))].map((size) => {
    const figures = own.filter((each) => each.size === size).map((each) => each.figures);
    const middle = (key: keyof Figures) => median(figures.map((each) => each[key]));
    const cells = [
      ...[name, size, figures.length, middle("seconds").toFixed(1), middle("cpu").toFixed(1)],
      ...[middle("memory").toFixed(1), middle("logins"), (middle("bytes") / 1e6).toFixed(1)],
    ];
    return `| ${cells.join(" | ")} |`;
  });
}
