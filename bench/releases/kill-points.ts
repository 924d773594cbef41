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
  | { kind: "restart" };

export interface KillPoint {
  /** E.g. `dockerd at drain`. */
  name: string;
  victim: Victim | "dockerd" | "dockerd, away for 60 s";
  step: Step;
  expected: Expected;
}

const NOTHING: Expected = { kind: "nothing" };
const IN_FLIGHT: Expected = { kind: "in flight" };
const RESTART: Expected = { kind: "restart" };

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

export const KILL_POINTS: KillPoint[] = TABLE.flatMap(([victim, steps, expected]) =>
  steps.map((step) => ({ name: `${victim} at ${step}`, victim, step, expected })),
);

export function describeExpected({ kind }: Expected): string {
  switch (kind) {
    case "nothing":
      return "0";
    case "in flight":
      return "its requests in flight";
    case "restart":
      return "a restart";
  }
}

/** Most requests that one replica may be answering at once under the matrix's load, streams included. */
export const MOST_IN_FLIGHT = 60;

/** Whether a loss is within what was expected. A proxy's restart has no bound, and is reported. */
export function asExpected(expected: Expected, failed: number): boolean {
  switch (expected.kind) {
    case "nothing":
      return failed === 0;
    case "in flight":
      return failed <= MOST_IN_FLIGHT;
    case "restart":
      return true;
  }
}
