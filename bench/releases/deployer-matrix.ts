/**
 * A second deployer, suspension, Ctrl-C and the end of a release's parts at each place of a release, under
 * load, on an engine of its own: what visitors lost, who won, what the other one said, and whether the next
 * `up` put everything right.
 */
import { rmSync } from "node:fs";
import { messageOf } from "../../components/fleet/release/step.ts";
import { underLoad } from "../../test/support/load-case.ts";
import { inventory, serving } from "../../test/support/load-inventory.ts";
import { clearUp, copies } from "../../test/support/load-kill.ts";
import type { LoadSystem } from "../../test/support/load-system.ts";
import { changeAt } from "./deployer-places.ts";
import { DEPLOYER_POINTS, type DeployerPoint } from "./deployer-points.ts";
import { asExpected, describeExpected } from "./kill-points.ts";
import { differences, kinds, say } from "./outcome.ts";
import { onOwnEngine } from "./own-engine.ts";
import { Section, circumstances } from "./report.ts";

/** Patient requests: one that waits while a service restarts is late, not lost. */
const LOAD = {
  ...{ rate: 150, postEvery: 8, webSockets: 0, downloads: 20, downloadSeconds: 3 },
  timeout: 29_000,
};
const DRAIN = 10;
const DEADLINE = 45;

const COLUMNS = [
  "what happened: where",
  "must be",
  "expected loss",
  "lost",
  "of",
  "longest gap, ms",
  "POSTs missing / double",
  "was",
  "after the next up",
];

export async function deployerMatrix(only: string[] | undefined): Promise<number> {
  const points = DEPLOYER_POINTS.filter(
    ({ name }) => only === undefined || only.some((part) => name.includes(part)),
  );
  if (points.length === 0) {
    const names = DEPLOYER_POINTS.map(({ name }) => `  ${name}`).join("\n");
    console.error(`error: no point is called so. Points are:\n${names}`);
    return 2;
  }
  const problems: string[] = [];
  say(`${points.length} points; bringing the system up`);
  await onOwnEngine("deployers", { drain: DRAIN }, async (system) => {
    const { Version } = await system.docker.version();
    const about = `live-restore, no userland proxy. ${LOAD.rate} requests/s, ${LOAD.downloads} downloads.`;
    const section = new Section("Deployers' matrix", await circumstances(Version, about), COLUMNS);
    system.change({ deadline: DEADLINE, dnmonster: { releaseOrder: "stop-first" } });
    await system.up();
    const known = await inventory(system);
    for (const point of points) {
      say(point.name);
      const { row, faults } = await measure(system, point, known).catch(async (error: unknown) => {
        await system.up().catch(() => undefined); // the next point begins with a whole system
        return { row: undefined, faults: [messageOf(error)] };
      });
      const { name, event, expected } = point;
      const unmeasured = [name, event.expected, describeExpected(expected), "", "", "", ""];
      section.put(row ?? [...unmeasured, "not measured", ""]);
      for (const fault of faults) {
        problems.push(`${point.name}: ${fault}`);
        say(`  PROBLEM ${fault}`);
      }
    }
  });
  say(`${points.length} points, ${problems.length} problems`);
  for (const problem of problems) console.error(`PROBLEM ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

async function measure(
  system: LoadSystem,
  { name, event, place, expected }: DeployerPoint,
  known: string[],
): Promise<{ row: string[]; faults: string[] }> {
  const second = system.copy();
  try {
    const before = await serving(system);
    const mine = await changeAt(system, place);
    const theirs = await system.newVersion();
    system.change(mine.change);
    second.change({ [place.service]: theirs });
    const old = await copies(system);
    const faults: string[] = [];
    let next = "";
    let winner = "first";
    const load = { ...LOAD, webSockets: place.switched === true ? 20 : 0 };
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
      return [...outcome.updates, again];
    });
    const version = winner === "first" ? mine.version : theirs.version;
    const state = await differences(system, { ...before, [place.service]: version }, known);
    const wrong = [...(next === "" ? [] : [next]), ...state];
    if (!asExpected(expected, result.failed)) {
      faults.push(`${result.failed} lost:\n    ${result.reasons.slice(0, 8).join("\n    ")}`);
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
