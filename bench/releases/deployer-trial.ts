/** One point of the deployers' matrix, tried on a system under load. */
import { rmSync } from "node:fs";
import { underLoad } from "../../test/support/load/case.ts";
import { inventory, serving } from "../../test/support/load/inventory.ts";
import { clearUp, replicas } from "../../test/support/load/kill.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Update } from "../../test/support/load/update.ts";
import { changeAt } from "./deployer-places.ts";
import type { DeployerPoint } from "./deployer-points.ts";
import { asExpected, describeExpected } from "./kill-points.ts";
import { differences, kinds } from "./outcome.ts";

/** Patient requests: one that waits while a service restarts is late, not lost. */
export const LOAD = {
  ...{ rate: 150, postEvery: 8, webSockets: 0, downloads: 20, downloadSeconds: 3 },
  timeout: 29_000,
};
export const DRAIN = 10;
const DEADLINE = 45;

/** Brings the system into the form in which points are tried; what is there then. */
export async function prepare(system: LoadSystem): Promise<string[]> {
  system.change({ deadline: DEADLINE, dnmonster: { releaseOrder: "stop-first" } });
  await system.up();
  return inventory(system);
}

/**
 * @param known what `prepare` has returned.
 * @returns a row of the results, and what is not as it must be.
 */
export async function tryPoint(
  system: LoadSystem,
  { name, event, place, expected }: DeployerPoint,
  known: string[],
): Promise<{ row: string[]; faults: string[] }> {
  // What is brought back in a gap must be able to start in time.
  if (system.settings[place.service].startsAfter !== undefined) {
    system.change({ [place.service]: { ...(await system.newVersion()), startsAfter: undefined } });
    await system.up();
  }
  const second = system.copy();
  try {
    const before = await serving(system);
    const mine = await changeAt(system, place);
    const theirs = await system.newVersion();
    system.change(mine.change);
    second.change({ [place.service]: theirs });
    const old = await replicas(system);
    const faults: string[] = [];
    let next = "";
    let winner = "first";
    let updates: Update[] = [];
    const load = { ...LOAD, webSockets: place.serves === "new" ? 20 : 0 };
    const result = await underLoad(system, { load, before: 1, after: 2 }, async () => {
      const first = system.startUp();
      await place.reach(system, first, old);
      const outcome = await event.act({ place, system, first, second, before });
      faults.push(...outcome.faults);
      await clearUp(system, first);
      winner = outcome.winner;
      if (winner === "second") system.adopt(second);
      const again = system.startUp();
      const code = await again.exitCode;
      if (code !== 0) next = `the next up failed (${code}):\n${again.output.slice(-3000)}`;
      return (updates = [...outcome.updates, again]);
    });
    let { version } = winner === "first" ? mine : theirs;
    // The winner's Pulumi does not know the loser's replicas that served: they go with its next release.
    if (winner === "second" && place.serves !== undefined) {
      const another = await system.newVersion();
      ({ version } = another);
      system.change({ [place.service]: another });
      await system.up();
    }
    const state = await differences(system, { ...before, [place.service]: version }, known);
    const wrong = [...(next === "" ? [] : [next]), ...state];
    if (!asExpected(expected, result.failed)) {
      const from = result.report.startedAt;
      const steps = updates.flatMap(({ lines }) =>
        lines.map(({ at, text }) => `${((at - from) / 1000).toFixed(1)} s: ${text}`),
      );
      const told = [...result.reasons.slice(0, 8), ...steps];
      faults.push(`${result.failed} lost:\n    ${told.join("\n    ")}`);
    }
    const lost = result.failed === 0 ? "0" : `${result.failed} (${kinds(result.reasons)})`;
    const row = [
      ...[name, event.expected, describeExpected(expected), lost, String(result.requests)],
      result.longestGap.toFixed(0),
      `${result.missing} / ${result.double}`,
      faults.length === 0 ? "so" : "NOT so",
      wrong.length === 0 ? "as wanted" : "NOT as wanted",
    ];
    if (result.double > 0) faults.push(`${result.double} POSTs were counted twice`);
    if (result.missing > 0) faults.push(`${result.missing} POSTs that were answered are missing`);
    return { row, faults: [...faults, ...wrong] };
  } finally {
    rmSync(second.folder, { recursive: true, force: true });
  }
}
