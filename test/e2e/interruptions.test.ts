/**
 * `pulumi up` under load, and what may happen to it: a sample of the deployers' matrix
 * (`npm run bench:releases -- --deployers`), which says what must come of each.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEPLOYER_POINTS } from "../../bench/releases/deployer-points.ts";
import { DRAIN, prepare, tryPoint } from "../../bench/releases/deployer-trial.ts";
import { LoadSystem } from "../support/load/system.ts";

const SAMPLE = [
  "second deployer, does not wait: release command, changed forwarder",
  "suspended, second deployer releases, resumed: stop-first, in the gap",
  "Ctrl-C: canary, at 20 %",
  "command plugin killed: stop-first, in the gap",
];

let system: LoadSystem;
let known: string[];

beforeAll(async () => {
  system = await LoadSystem.create("interruptions", { drain: DRAIN });
  await system.up();
  known = await prepare(system);
});
afterAll(() => system?.destroy());

describe("a release command that prints a line of a megabyte", () => {
  it("does not hang the update, although the plugin would for ever", async () => {
    system.change({ app: await system.newVersion(), commandPrints: 1_000_000 });
    const { output } = await system.up();
    expect(output).toMatch(/app: \| x{8000,8190} … \(\d+ more bytes\)/);
    expect(output).not.toContain("x".repeat(8193));
    expect(output).toMatch(/app: \| migrated to v\d+: true/);
    system.change({ commandPrints: 0 });
  });
});

describe("a release under way", () => {
  it.each(SAMPLE)("%s", async (name) => {
    const point = DEPLOYER_POINTS.find((each) => each.name === name);
    if (point === undefined) expect.fail(`no point is called ${name}`);
    const { faults } = await tryPoint(system, point, known);
    expect(faults).toEqual([]);
  });
});
