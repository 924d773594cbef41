/** Releases over three machines that a fault meets: a few points in `npm test`, all of them in `npm run test:full`. */
import { afterAll, beforeAll, it } from "vitest";
import { FAULTS, type Fault, type FaultStep, NAMES, STEPS, tryFault } from "./machines/faults.ts";
import { MachineFleet } from "./machines/fleet.ts";

const FEW: [Fault, FaultStep][] = [
  ["cut off", "started"],
  ["switched off", "switched"],
];
const ALL = FAULTS.flatMap((fault) => STEPS.map((step): [Fault, FaultStep] => [fault, step]));

let fleet: MachineFleet;
let version = 1;

beforeAll(async () => {
  fleet = await MachineFleet.create("machines-faults", NAMES);
  await fleet.stack.up();
});
afterAll(() => fleet?.destroy());

it.each(process.env.LONGSHORE_TEST_SIZE === "full" ? ALL : FEW)("%s when %s", (fault, step) =>
  tryFault(fleet, fault, step, `v${++version}`),
);
