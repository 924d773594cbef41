/** One of three machines is cut off or switched off while a release is under way, until the update has ended. */
import { Load } from "../../test/support/load/index.ts";
import { type LoadMachines, MACHINES, STRUCK } from "../../test/support/load/machines.ts";
import type { Verdict } from "../../test/support/load/mix.ts";
import type { Update } from "../../test/support/load/update.ts";
import type { MachineFault } from "./kill-points.ts";

/** Requests per second, to each of the other machines itself. */
const RATE = 10;
/** As patient as the matrix's load. */
const TIMEOUT = 20_000;

/** When a machine was struck, and when it served again; milliseconds since the epoch. */
export interface Away {
  from: number;
  to: number;
  /** What the others lost meanwhile, and versions that they serve side by side. */
  faults: string[];
}

export async function strikeMachine(
  machines: LoadMachines,
  update: Update,
  victim: MachineFault,
): Promise<Away> {
  const others = MACHINES.filter((name) => name !== STRUCK).map((name) => ({
    name,
    load: Load.start(`${machines.urlOf(name)}/via`, { rate: RATE, timeout: TIMEOUT }),
  }));
  const faults: string[] = [];
  const from = Date.now();
  const mend = await machines.strike(victim);
  try {
    const code = await update.exitCode;
    if (code !== 0 && !update.output.includes(STRUCK)) {
      faults.push(`the update does not say which machine is away:\n${update.output.slice(-3000)}`);
    }
    const serve = await Promise.all(
      others.map(async ({ name }) =>
        (await fetch(machines.urlOf(name))).headers.get("x-served-by"),
      ),
    );
    const versions = new Set(serve.map((served) => served?.split(" ").at(-1)));
    if (versions.size > 1) faults.push(`the others serve ${[...versions].join(" and ")}`);
  } finally {
    await mend();
    for (const { name, load } of others) {
      const { failures } = await load.stop();
      if (failures.length > 0)
        faults.push(`${name} lost ${failures.length}: ${failures.join(", ")}`);
    }
  }
  return { from, to: Date.now(), faults };
}

/** What was lost while no machine was away, and what the others lost. */
export function lostOutside({ from, to, faults }: Away, { report }: Verdict): string[] {
  // What was asked of the machine while it was away ends later.
  const outside = report.failures.filter(
    ({ at, why }) => at < from || at > to + (why === "timeout" ? TIMEOUT : 0),
  );
  const lines = outside.map(
    ({ at, what, why }) => `${((at - to) / 1000).toFixed(1)} s: ${what}: ${why}`,
  );
  return outside.length === 0
    ? faults
    : [...faults, `lost while all machines were there:\n    ${lines.slice(0, 8).join("\n    ")}`];
}
