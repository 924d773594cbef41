/**
 * A second deployer, suspension, Ctrl-C and the end of a release's parts at each place of a release, under
 * load, on an engine of its own: what visitors lost, who won, what the other one said, and whether the next
 * `up` put everything right.
 */
import { DEPLOYER_POINTS } from "./deployer-points.ts";
import { DRAIN, LOAD, prepare, tryPoint } from "./deployer-trial.ts";
import { describeExpected } from "./kill-points.ts";
import { runMatrix } from "./matrix.ts";
import { onOwnEngine } from "./own-engine.ts";

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

export function deployerMatrix(only: string[] | undefined): Promise<number> {
  return runMatrix(
    {
      title: "Deployers' matrix",
      about: `live-restore, no userland proxy. ${LOAD.rate} requests/s, ${LOAD.downloads} downloads.`,
      columns: COLUMNS,
      points: DEPLOYER_POINTS,
      stage: onOwnEngine,
      stack: "deployers",
      drain: DRAIN,
      prepare: async (system) => {
        const known = await prepare(system);
        return (point) => tryPoint(system, point, known);
      },
      unmeasured: ({ name, event, expected }) => [
        ...[name, event.expected, describeExpected(expected)],
        ...["", "", "", "", "not measured", ""],
      ],
    },
    only,
  );
}
