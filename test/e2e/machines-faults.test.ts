/**
 * Releases over three machines, one of which is struck or fails, and whose deployer is killed, under load: a few of
 * `npm run bench:releases -- --machines` in `npm test`, all of them in `npm run test:full`.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { tryCase } from "../../bench/releases/case-trial.ts";
import { DRAIN, tryKill } from "../../bench/releases/kill-matrix.ts";
import { MACHINE_POINTS } from "../../bench/releases/kill-points.ts";
import { machineSet } from "../../bench/releases/machine-cases.ts";
import { inventory } from "../support/load/inventory.ts";
import { LoadMachines } from "../support/load/machines.ts";
import { LoadSystem } from "../support/load/system.ts";

const full = process.env.LONGSHORE_TEST_SIZE === "full";
const FEW = ["cut off at switched", "switched off at settle", "gate-one"];
const points = MACHINE_POINTS.filter(({ name }) => full || FEW.includes(name));
const cases = (await machineSet()).filter(({ name }) => full || FEW.includes(name));
/** Small: the computer that tests is all of the machines. */
const SIZE = { rate: 60, requests: 0, before: 1, after: 1 };
const MIX = { webSockets: 12, downloads: 12, downloadSeconds: 3, timeout: 10_000 };

let machines: LoadMachines;
let system: LoadSystem;
let known: string[];

beforeAll(async () => {
  machines = await LoadMachines.create("machines-faults");
  system = await LoadSystem.create("machines-faults", { machines, drain: DRAIN });
  await system.up();
  known = await inventory(system);
});
afterAll(async () => {
  await system?.destroy();
  await machines?.destroy();
});

it("tries what it means to", () => {
  if (!full) expect([...points, ...cases].map(({ name }) => name)).toEqual(FEW);
});

it.each(points)("$name: the expected is lost, and the next up repairs", async (point) => {
  expect((await tryKill(system, machines, point, known)).faults).toEqual([]);
});

it.each(cases)("$title", async (item) => {
  expect((await tryCase(system, item, { ...SIZE, mix: MIX })).faults).toEqual([]);
});
