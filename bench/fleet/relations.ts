/** What is wanted of the figures, and whether it is so. Pure. */
import { INSTALL, NO_CHANGE, REFRESH, RELEASE } from "./contender.ts";
import type { Measured } from "./measure.ts";

/** Medians of one step of one tool at one size. */
export type Row = Measured & { rounds: number };

export interface Relation {
  what: string;
  figures: string;
  met: boolean;
}

/** Logins to one machine in one step. */
const MOST_LOGINS = { install: 6, other: 3 };
/** Bytes of the largest fleet's machine, by those of the smallest one's; and bytes that do not matter. */
const SAME = { factor: 1.1, bytes: 100_000 };
const STEPS = [INSTALL, NO_CHANGE, REFRESH, RELEASE];

/** @param rows all of one latency. */
export function relations(rows: Row[], cores: number): Relation[] {
  const own = rows.filter(({ tool, name }) => tool === "Longshore" && STEPS.includes(name));
  return [
    ...own.flatMap((row) => ahead(row, rows)),
    ...STEPS.flatMap((name) => {
      const sizes = own.filter((row) => row.name === name).sort((x, y) => x.size - y.size);
      const [first, last] = [sizes[0], sizes.at(-1)];
      if (first === undefined || last === undefined) return [];
      const grows = first.size === 1 && last.size > 1;
      return [
        ...(grows ? [time(first, last, cores)] : []),
        logins(sizes),
        ...(last.size > first.size ? [bytes(first, last)] : []),
      ];
    }),
  ];
}

/** Ansible's run with nothing to do looks at the machines: it is beside both of ours, the one that looks and the one that does not. */
function ahead(row: Row, rows: Row[]): Relation[] {
  const name = row.name === REFRESH ? NO_CHANGE : row.name;
  const other = rows.find(
    ({ tool, size, ...each }) => tool === "Ansible" && size === row.size && each.name === name,
  );
  if (other === undefined) return [];
  const [here, there] = [row.figures.seconds, other.figures.seconds];
  return [
    {
      what: `${at(row)}: ahead of Ansible`,
      figures: `${here.toFixed(1)} s and ${there.toFixed(1)} s`,
      met: here < there,
    },
  ];
}

function time(first: Row, last: Row, cores: number): Relation {
  const [one, many] = [first.figures.seconds, last.figures.seconds];
  const most = Math.max(3 * one, (1.3 * last.figures.cpu) / cores);
  return {
    what: `${at(last)}: at most the larger of 3 × one machine's seconds and 1.3 × CPU seconds / cores`,
    figures: `${many.toFixed(1)} s of ${most.toFixed(1)} s`,
    met: many <= most,
  };
}

function logins(sizes: Row[]): Relation {
  const [first] = sizes;
  const most = first?.name === INSTALL ? MOST_LOGINS.install : MOST_LOGINS.other;
  const all = sizes.map(({ figures }) => figures.logins);
  return {
    what: `${first?.name}${slower(first)}: at most ${most} logins, no more with more machines`,
    figures: sizes.map(({ size, figures }) => `${figures.logins} at ${size}`).join(", "),
    met: Math.max(...all) <= most && (all.at(-1) ?? 0) <= (all[0] ?? 0),
  };
}

function bytes(first: Row, last: Row): Relation {
  const [one, many] = [first.figures.bytes, last.figures.bytes];
  const megabytes = (value: number) => (value / 1e6).toFixed(2);
  return {
    what: `${at(last)}: bytes for each machine as with ${first.size}`,
    figures: `${megabytes(many)} MB and ${megabytes(one)} MB`,
    met: many <= Math.max(one * SAME.factor, one + SAME.bytes),
  };
}

function at(row: Row): string {
  return `${row.name}, ${row.size} machine${row.size === 1 ? "" : "s"}${slower(row)}`;
}

function slower(row?: Row): string {
  return row === undefined || row.latency === 0 ? "" : `, ${row.latency} ms more`;
}
