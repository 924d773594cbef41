/**
 * A second deployer, suspension, Ctrl-C and the end of a release's parts at each place of a release, under
 * load, on an engine of its own: what visitors lost, who won, what the other one said, and whether the next
 * `up` put everything right.
 */
import { messageOf } from "../../components/fleet/release/step.ts";
import { DEPLOYER_POINTS } from "./deployer-points.ts";
import { DRAIN, LOAD, prepare, tryPoint } from "./deployer-trial.ts";
import { describeExpected } from "./kill-points.ts";
import { say } from "./outcome.ts";
import { onOwnEngine } from "./own-engine.ts";
import { Section, circumstances } from "./report.ts";

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
    const known = await prepare(system);
    for (const point of points) {
      say(point.name);
      const { row, faults } = await tryPoint(system, point, known).catch(async (error: unknown) => {
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
