/**
 * SIGKILL of each part of a release at each of its steps, under load, on an engine of its own. Writes
 * down what was lost beside what was expected, and whether the next `up` put everything right.
 */
import { underLoad } from "../../test/support/load/case.ts";
import type { LoadEngine } from "../../test/support/load/engine.ts";
import { inventory } from "../../test/support/load/inventory.ts";
import { clearUp, replicas, kill, reach, watchAt } from "../../test/support/load/kill.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Update } from "../../test/support/load/update.ts";
import { KILL_POINTS, type KillPoint, asExpected, describeExpected } from "./kill-points.ts";
import { type PointResult, runMatrix } from "./matrix.ts";
import { differences, kinds } from "./outcome.ts";

/** Short streams: every point waits for two drains. Patient requests: late is told from lost. */
const LOAD = {
  ...{ rate: 150, postEvery: 8, webSockets: 20, downloads: 20, downloadSeconds: 3 },
  timeout: 20_000,
};
const DRAIN = 5;
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
      stack: "kill",
      drain: DRAIN,
      prepare: async (system, engine) => {
        await engine.keepPorts(...system.published);
        const known = await inventory(system);
        return (point) => measure(system, engine, point, known);
      },
      unmeasured: ({ name, expected }) => [
        ...[name, describeExpected(expected), "", "", "", ""],
        "not measured",
      ],
    },
    only,
  );
}

async function measure(
  system: LoadSystem,
  engine: LoadEngine,
  point: KillPoint,
  known: string[],
): Promise<PointResult> {
  const [app, dnmonster] = [await system.newVersion(), await system.newVersion()];
  system.change({ app: { ...app, watch: watchAt(point.step) }, dnmonster });
  const old = await replicas(system);
  const faults: string[] = [];
  const result = await underLoad(system, { load: LOAD, before: 1, after: 2 }, async () => {
    const update = system.startUp();
    await reach(system, update, point.step, { app: app.version }, old);
    await strike(system, engine, update, point, old);
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
    faults.push(`${result.failed} lost:\n    ${result.reasons.slice(0, 8).join("\n    ")}`);
  }
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

async function strike(
  system: LoadSystem,
  engine: LoadEngine,
  update: Update,
  { victim }: KillPoint,
  old: Set<string>,
): Promise<void> {
  if (victim !== "dockerd" && victim !== "dockerd, away for 60 s") {
    return kill(system, update, victim, old);
  }
  engine.kill();
  if (victim !== "dockerd") await new Promise((resolve) => setTimeout(resolve, OUTAGE * 1000));
  await engine.start();
}
