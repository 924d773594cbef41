/**
 * SIGKILL of each part of a release at each of its steps, under load, on an engine of its own or on three machines, of
 * which one is also cut off and switched off. Writes down what was lost beside what was expected, and whether the next
 * `up` put everything right.
 */
import { underLoad } from "../../test/support/load/case.ts";
import type { LoadEngine } from "../../test/support/load/engine.ts";
import { inventory } from "../../test/support/load/inventory.ts";
import { clearUp, replicas, kill, reach, watchAt } from "../../test/support/load/kill.ts";
import type { LoadMachines } from "../../test/support/load/machines.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Update } from "../../test/support/load/update.ts";
import {
  KILL_POINTS,
  type KillPoint,
  MACHINE_LOAD,
  MACHINE_POINTS,
  asExpected,
  describeExpected,
} from "./kill-points.ts";
import { type Away, lostOutside, strikeMachine } from "./machine-faults.ts";
import { type PointResult, runMatrix } from "./matrix.ts";
import { onMachines } from "./on-machines.ts";
import { differences, kinds } from "./outcome.ts";
import { onOwnEngine } from "./own-engine.ts";

/** Short streams: every point waits for two drains. Patient requests: late is told from lost. */
const LOAD = {
  ...{ rate: 150, postEvery: 8, webSockets: 20, downloads: 20, downloadSeconds: 3 },
  timeout: 20_000,
};
export const DRAIN = 5;
const OUTAGE = 60;
/** Seconds that an update may take, killed in or not: most take 15, those with the outage 75. */
const LONGEST = 120;

const COLUMNS = [
  "killed",
  "expected loss",
  "lost",
  "of",
  "longest gap, ms",
  "POSTs missing / double",
  "after the next up",
];

export function killMatrix(only: string[] | undefined): Promise<number> {
  return runMatrix(
    {
      title: "Kill matrix",
      about:
        `live-restore, no userland proxy, keep-ports.sh. ${LOAD.rate} requests/s, ${LOAD.webSockets} WebSockets, ` +
        `${LOAD.downloads} downloads; SIGKILL while app and dnmonster are released together.`,
      columns: COLUMNS,
      points: KILL_POINTS,
      stage: onOwnEngine,
      stack: "kill",
      drain: DRAIN,
      prepare: async (system, engine) => {
        await engine.keepPorts(...system.published);
        const known = await inventory(system);
        return (point) => tryKill(system, engine, point, known);
      },
      unmeasured,
    },
    only,
  );
}

export function machinesKillMatrix(only: string[] | undefined): Promise<number> {
  const { rate, webSockets, downloads } = MACHINE_LOAD;
  return runMatrix(
    {
      title: "Kill matrix on three machines",
      about:
        `Simulated machines, app on each, behind a load balancer. ${rate} requests/s, ${webSockets} WebSockets, ` +
        `${downloads} downloads; one part killed with SIGKILL, or one machine struck, while app and dnmonster are released together.`,
      columns: COLUMNS,
      points: MACHINE_POINTS,
      stage: onMachines,
      stack: "kill-machines",
      drain: DRAIN,
      prepare: async (system, machines) => {
        const known = await inventory(system);
        return (point) => tryKill(system, machines, point, known);
      },
      unmeasured,
    },
    only,
  );
}

function unmeasured({ name, expected }: KillPoint): string[] {
  return [name, describeExpected(expected), "", "", "", "", "not measured"];
}

/**
 * Tries one point.
 * @param known what was there before the first one.
 * @returns its row, and what is not as it must be.
 */
export async function tryKill(
  system: LoadSystem,
  place: LoadEngine | LoadMachines,
  point: KillPoint,
  known: string[],
): Promise<PointResult> {
  const [app, dnmonster] = [await system.newVersion(), await system.newVersion()];
  system.change({ app: { ...app, watch: watchAt(point.step) }, dnmonster });
  const old = await replicas(system);
  const faults: string[] = [];
  let away: Away | undefined;
  const load = system.machines === undefined ? LOAD : { ...LOAD, ...MACHINE_LOAD };
  const result = await underLoad(system, { load, before: 1, after: 2 }, async () => {
    const update = system.startUp();
    await reach(system, update, point.step, { app: app.version }, old);
    away = await strike(system, place, update, point, old);
    await clearUp(system, update);
    const next = system.startUp();
    const code = await next.exitCode;
    if (code !== 0) faults.push(`the next up failed (${code}):\n${next.output.slice(-3000)}`);
    for (const slow of [update, next].filter(({ seconds }) => seconds > LONGEST)) {
      const lines = slow.lines.map(({ at, text }) => `${new Date(at).toISOString()} ${text}`);
      faults.push(`an update took ${slow.seconds.toFixed(0)} s:\n${lines.join("\n")}`);
    }
    return [update, next];
  });
  if (!asExpected(point.expected, result.failed)) {
    const some = [...result.reasons.slice(0, 8), "…", ...result.reasons.slice(-8)];
    faults.push(`${result.failed} lost (${kinds(result.reasons)}):\n    ${some.join("\n    ")}`);
  }
  faults.push(...(away === undefined ? [] : lostOutside(away, result)));
  if (result.double > 0) faults.push(`${result.double} POSTs were counted twice`);
  if (result.missing > 0) faults.push(`${result.missing} POSTs that were answered are missing`);
  const state = await differences(
    system,
    { app: app.version, dnmonster: dnmonster.version },
    known,
  );
  faults.push(...state);
  const lost = result.failed === 0 ? "0" : `${result.failed} (${kinds(result.reasons)})`;
  return {
    row: [
      ...[point.name, describeExpected(point.expected), lost, String(result.requests)],
      result.longestGap.toFixed(0),
      `${result.missing} / ${result.double}`,
      state.length === 0 && !faults.some((fault) => fault.startsWith("the next up"))
        ? "as wanted"
        : "NOT as wanted",
    ],
    faults,
  };
}

/** @returns what is known of a machine that was away. */
async function strike(
  system: LoadSystem,
  place: LoadEngine | LoadMachines,
  update: Update,
  { victim }: KillPoint,
  old: Set<string>,
): Promise<Away | undefined> {
  if (victim === "cut off" || victim === "switched off") {
    return strikeMachine(place as LoadMachines, update, victim);
  }
  if (victim !== "dockerd" && victim !== "dockerd, away for 60 s") {
    await kill(system, update, victim, old);
    return undefined;
  }
  const engine = place as LoadEngine;
  engine.kill();
  if (victim !== "dockerd") await new Promise((resolve) => setTimeout(resolve, OUTAGE * 1000));
  await engine.start();
  return undefined;
}
