/** The figures as `bench/results/fleet.md`. */
import { cpus } from "node:os";
import { median } from "../local/report.ts";
import type { Figures, Measured } from "./measure.ts";
import { type Row, relations } from "./relations.ts";

export function report(all: Measured[], commit: string): string {
  const rows = rowsOf(all);
  const cores = cpus().length;
  const slow = rows.filter(({ latency }) => latency > 0);
  const plain = rows.filter(({ latency }) => latency === 0);
  return [
    "# Fleets of simulated machines",
    "",
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cores} cores for machines and deployer together. identidock: ` +
      "app on each machine, dnmonster and redis on the first. Medians. Each tool in turn on fresh machines of its own, without an open connection " +
      "at the beginning of a step; a step ends when each machine shows the wanted page. Images are built before; releases without the watch. " +
      "CPU and memory of the whole computer, the machines among them; logins and MB of the machine with most. " +
      "How, and what is not the same: [docs/benchmarks.md](../../docs/benchmarks.md#fleets).",
    "",
    ...table(plain),
    ...(slow.length === 0
      ? []
      : [`## With ${slow[0]?.latency} ms more for each round trip by SSH`, "", ...table(slow)]),
    "## What is wanted",
    "",
    "| what | figures | met |",
    "|---|---|---|",
    ...[...relations(plain, cores), ...relations(slow, cores)].map(
      ({ what, figures, met }) => `| ${what} | ${figures} | ${met ? "yes" : "**no**"} |`,
    ),
    "",
  ].join("\n");
}

function rowsOf(all: Measured[]): Row[] {
  const groups = new Map<string, Measured[]>();
  for (const each of all) {
    const key = JSON.stringify([each.name, each.size, each.tool, each.latency]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].flatMap((group): Row[] => {
    const middle = (key: keyof Figures) => median(group.map(({ figures }) => figures[key]));
    const figures: Figures = {
      ...{ seconds: middle("seconds"), cpu: middle("cpu"), memory: middle("memory") },
      ...{ logins: middle("logins"), bytes: middle("bytes") },
    };
    const [first] = group;
    return first === undefined ? [] : [{ ...first, figures, rounds: group.length }];
  });
}

function table(rows: Row[]): string[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  const sizes = [...new Set(rows.map(({ size }) => size))];
  const ordered = names.flatMap((name) =>
    sizes.flatMap((size) => rows.filter((row) => row.name === name && row.size === size)),
  );
  return [
    "| what | machines | tool | rounds | seconds | CPU seconds | GiB in use | logins | MB |",
    "|---|---|---|---|---|---|---|---|---|",
    ...ordered.map(({ name, size, tool, rounds, figures }) => {
      const { seconds, cpu, memory, logins, bytes } = figures;
      const cells = [
        ...[name, size, tool, rounds, seconds.toFixed(1), cpu.toFixed(1), memory.toFixed(1)],
        ...[logins, (bytes / 1e6).toFixed(2)],
      ];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
  ];
}
