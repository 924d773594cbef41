/**
 * A fault of a machine, or of whoever deploys, at a step of a release over three machines. What it may cost was written
 * down before anything was tried: nothing on machines that were not struck; of a struck one what it is asked while it is
 * away, and nothing before and after.
 */
import { expect } from "vitest";
import { ownProcesses } from "../../support/load/inventory.ts";
import { processesEnd } from "../../support/load/kill.ts";
import { STEP, type Update } from "../../support/load/update.ts";
import { endOrphans, releaseDeadLocks, removeTornFiles } from "../../../workbench/orphans.ts";
import { type MachineFleet, get } from "./fleet.ts";

/** Machines, the last of which is struck: it has a replica of app alone, which calls services of the others. */
export const NAMES = ["web-1", "web-2", "web-3"];
const STRUCK = "web-3";

export const STEPS = ["started", "healthy", "switched", "drained"] as const;
export const FAULTS = ["cut off", "switched off", "pulumi killed", "release killed"] as const;
export type Fault = (typeof FAULTS)[number];
export type FaultStep = (typeof STEPS)[number];

/** Seconds that an update may take that a fault meets. */
const LONGEST = 120;

/** Tries one, and brings everything up afterwards. @param version one that never was. */
export async function tryFault(
  fleet: MachineFleet,
  fault: Fault,
  step: FaultStep,
  version: string,
): Promise<void> {
  const { stack } = fleet;
  const [before = ""] = await fleet.served();
  await fleet.want(version);
  let away: { from: number; to: number } | undefined;
  let update: Update | undefined;
  const { failed } = await fleet.underLoad(async () => {
    update = stack.startUp();
    await update.line(STEP[step]);
    const from = Date.now();
    await strike(fleet, update, fault);
    await update.exitCode;
    // Machines that were not struck never serve different versions for longer than the switch takes.
    const [first, second] = await fleet.served().catch(() => othersServe(fleet));
    expect([before, version]).toContain(first);
    expect(second).toBe(first);
    if (fault === "cut off" || fault === "switched off") {
      await mend(fleet, fault);
      away = { from, to: Date.now() };
    } else {
      await clearUp(fleet);
    }
    await stack.up();
  });
  const lost = failed.filter(
    ({ name, at }) =>
      name !== STRUCK || away === undefined || at < away.from - 10_000 || at > away.to,
  );
  expect(lost, update?.output).toEqual([]);
  if (away !== undefined) expect(update?.output).toMatch(/web-3/);
  expect(update?.seconds).toBeLessThan(LONGEST);
  expect(await fleet.served()).toEqual(NAMES.map(() => version));
  for (const name of NAMES) {
    const left = await fleet.bench.run(name, "docker ps -aq --filter label=longshore.service=app");
    expect(left.trim().split("\n"), name).toHaveLength(1);
    expect(new Set(await fleet.answers(name)), name).toEqual(new Set([version, "v1"]));
  }
  const again = await stack.preview(["--expect-no-changes"]);
  expect(again.exitCode).toBe(0);
}

async function othersServe({ targets }: MachineFleet): Promise<string[]> {
  return Promise.all(targets.slice(0, -1).map(({ host }) => get(host)));
}

async function strike(fleet: MachineFleet, update: Update, fault: Fault): Promise<void> {
  switch (fault) {
    case "cut off":
      return fleet.bench.cutOff(STRUCK);
    case "switched off":
      return fleet.bench.switchOff(STRUCK);
    case "pulumi killed":
      update.process.kill("SIGKILL");
      return;
    case "release killed": {
      const own = ownProcesses(fleet.stack).filter(({ command }) =>
        /release\/main\.ts/.test(command),
      );
      expect(own).not.toEqual([]);
      for (const { pid } of own) process.kill(pid, "SIGKILL");
    }
  }
}

/** Until it serves again, by itself. */
async function mend({ bench, targets }: MachineFleet, fault: Fault): Promise<void> {
  await (fault === "cut off" ? bench.reconnect(STRUCK) : bench.switchOn(STRUCK));
  const host = targets.at(-1)?.host ?? "";
  await expect
    .poll(() => get(host, "/via?link=CACHE").catch(String), { timeout: 120_000 })
    .toMatch(/^v\d+$/);
}

/** As our commands do before an update. */
async function clearUp({ stack }: MachineFleet): Promise<void> {
  releaseDeadLocks(stack.backend, stack.name);
  removeTornFiles(stack.backend, stack.name);
  await endOrphans(`file://${stack.backend}`);
  expect(await processesEnd(stack, 60)).toEqual([]);
}
