/**
 * The kill matrix's points, each with the loss that is expected: written down before anything is
 * killed. A release is killed at each of its steps, in each of its parts, and below all of them.
 */
import { STEPS, type Step, type Victim } from "../../test/support/load/kill.ts";

/** What may be lost. */
export type Expected =
  /** Deployer's processes, dockerd, containers that nothing is sent to yet: no request at all. */
  | { kind: "nothing" }
  /** A serving container's: what it was answering when it ended. */
  | { kind: "in flight" }
  /** The proxy, and the forwarder before it, are the only way in: their restart, which is reported. */
  | { kind: "restart" }
  /** One machine of three behind a load balancer: what it is asked until the balancer looks elsewhere. */
  | { kind: "unnoticed" };

/** What happens to the whole of one machine, see test/support/load/machines.ts. */
export type MachineFault = "cut off" | "switched off";

export interface KillPoint {
  /** E.g. `dockerd at drain`. */
  name: string;
  victim: Victim | "dockerd" | "dockerd, away for 60 s" | MachineFault;
  step: Step;
  expected: Expected;
}

const NOTHING: Expected = { kind: "nothing" };
const IN_FLIGHT: Expected = { kind: "in flight" };
const RESTART: Expected = { kind: "restart" };
const UNNOTICED: Expected = { kind: "unnoticed" };

/** Victim → the steps it is killed at, and what that may cost. */
const TABLE: [victim: KillPoint["victim"], steps: readonly Step[], expected: Expected][] = [
  ["pulumi", STEPS, NOTHING],
  ["release process", STEPS, NOTHING],
  ["language host", ["started", "switched", "drain"], NOTHING],
  ["plugin", ["started", "switched", "drain"], NOTHING],
  ["new container", ["gate"], NOTHING],
  ["new container", ["switched", "watch", "drain"], IN_FLIGHT],
  ["serving container", ["started", "gate", "drain"], IN_FLIGHT],
  ["proxy", ["started", "gate", "switched", "drain"], RESTART],
  ["forwarder", ["started", "gate", "switched", "drain"], RESTART],
  ["dockerd", STEPS, NOTHING],
  ["dockerd, away for 60 s", ["gate", "drain"], NOTHING],
];

export const KILL_POINTS = pointsOf(TABLE);

/** The same on three machines, of which one is struck: who deploys is one, so is what every machine has of its own. */
export const MACHINE_POINTS = pointsOf([
  ["pulumi", STEPS, NOTHING],
  ["release process", STEPS, NOTHING],
  ["new container", ["gate"], NOTHING],
  ["cut off", STEPS, UNNOTICED],
  ["switched off", STEPS, UNNOTICED],
]);

function pointsOf(table: typeof TABLE): KillPoint[] {
  return table.flatMap(([victim, steps, expected]) =>
    steps.map((step) => ({ name: `${victim} at ${step}`, victim, step, expected })),
  );
}

export function describeExpected({ kind }: Expected): string {
  switch (kind) {
    case "nothing":
      return "0";
    case "in flight":
      return "its requests in flight";
    case "restart":
      return "a restart";
    case "unnoticed":
      return "its requests until the balancer knows";
  }
}

/** Most requests that one replica may be answering at once under the matrix's load, streams included. */
export const MOST_IN_FLIGHT = 60;

/** The matrix's load on machines. */
export const MACHINE_LOAD = { rate: 60, webSockets: 12, downloads: 12 };

/**
 * Most that may be lost of a machine that is away. It has a third of the load; the balancer looks at it every second and
 * needs two failures, of a second each: 4 s. Its streams are cut, and may fail once more when they are opened again.
 */
export const MOST_UNNOTICED =
  (4 * MACHINE_LOAD.rate + 2 * (MACHINE_LOAD.webSockets + MACHINE_LOAD.downloads)) / 3;

/** Whether a loss is within what was expected. A proxy's restart has no bound, and is reported. */
export function asExpected(expected: Expected, failed: number): boolean {
  switch (expected.kind) {
    case "nothing":
      return failed === 0;
    case "in flight":
      return failed <= MOST_IN_FLIGHT;
    case "restart":
      return true;
    case "unnoticed":
      return failed <= MOST_UNNOTICED;
  }
}
