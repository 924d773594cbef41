/** Releases over three machines that fail on one of them: none switches, or all go back. */
import { serving } from "../../test/support/load/inventory.ts";
import { type LoadMachines, MACHINES } from "../../test/support/load/machines.ts";
import { type BenchCase, NEGATIVE_CONTROL, failedRelease, goodCases } from "./cases.ts";
import { failedReleases } from "./failures.ts";
import { watchedReleases } from "./watched.ts";

/** All cases on machines. Causes are named the same way on every host: one failure of each kind is enough. */
export async function machineSet(): Promise<BenchCase[]> {
  const exits = ({ name }: BenchCase) => name.endsWith("-exit");
  return [
    ...goodCases(MACHINES.length),
    ...(await failedReleases()).filter(exits),
    ...machineCases(),
    ...watchedReleases().filter(exits),
    NEGATIVE_CONTROL,
  ];
}

function machineCases(): BenchCase[] {
  return [
    {
      name: "gate-one",
      title: "failed release: app's new replica ends on one machine",
      ...failingOn((machines) => machines.killNew(), /on host `web-3`: (exited|was killed)/),
    },
    {
      name: "switch-one",
      title: "failed release: the switch fails on one machine",
      ...failingOn((machines) => machines.refuseSwitch(), /on host `web-3` does not answer/),
    },
  ];
}

/** @param fault prepares one machine; what it returns undoes that. */
function failingOn(
  fault: (machines: LoadMachines) => Promise<() => Promise<void>>,
  says: RegExp,
): Pick<BenchCase, "says" | "change" | "restore"> {
  return failedRelease(says, async (system, change) => {
    if (system.machines === undefined) throw new Error("there is no machine that it could fail on");
    const before = await serving(system);
    change({ app: await system.newVersion() });
    const undo = await fault(system.machines);
    const update = await system.up({ fails: true }).finally(undo);
    const now = await serving(system);
    if (now.app !== before.app || !update.output.includes(ROLLED_BACK)) {
      throw new Error(`${now.app} serves, before it ${before.app}:\n${update.output.slice(-3000)}`);
    }
    return [update];
  });
}

const ROLLED_BACK = "The release failed and was rolled back: the old version serves.";
