/**
 * The kill matrix's points, each with the loss that is expected: written down before anything is
 * killed. A release is killed at each of its steps, in each of its parts, and below all of them.
 */
import { STEPS, type Step, type Victim } from "../../test/support/load-kill.ts";

/** What may be lost. */
export type Expected =
  /** Deployer's processes, containers that nothing is sent to yet: no request at all. */
  | { kind: "nothing" }
  /**
   * dockerd, which is the way to no request: new connections for as long as it takes to rebuild the rules
   * of published ports when it comes back, and nothing that was accepted. The plan was 0.
   */
  | { kind: "refused" }
  /** A serving container's: what it was answering when it ended. */
  | { kind: "in flight" }
  /** The proxy is the only way in: its restart, which is reported. */
  | { kind: "restart" };

export interface KillPoint {
  /** E.g. `dockerd at drain`. */
  name: string;
  victim: Victim | "dockerd" | "dockerd, away for 60 s";
  step: Step;
  expected: Expected;
}

const NOTHING: Expected = { kind: "nothing" };
const REFUSED: Expected = { kind: "refused" };
const IN_FLIGHT: Expected = { kind: "in flight" };
const RESTART: Expected = { kind: "restart" };

/** Victim → the steps it is killed at, and what that may cost. */
const TABLE: [victim: KillPoint["victim"], steps: readonly Step[], expected: Expected][] = [
  ["pulumi", STEPS, NOTHING],
  ["release process", STEPS, NOTHING],
  ["language host", ["started", "switched", "drain"], NOTHING],
  ["plugin", ["started", "switched", "drain"], NOTHING],
  ["new container", ["gate"], NOTHING],
  ["new container", ["switched", "drain"], IN_FLIGHT],
  ["serving container", ["started", "gate", "drain"], IN_FLIGHT],
  ["proxy", ["started", "gate", "switched", "drain"], RESTART],
  ["dockerd", STEPS, REFUSED],
  ["dockerd, away for 60 s", ["gate", "drain"], REFUSED],
];

export const KILL_POINTS: KillPoint[] = TABLE.flatMap(([victim, steps, expected]) =>
  steps.map((step) => ({ name: `${victim} at ${step}`, victim, step, expected })),
);

export function describeExpected({ kind }: Expected): string {
  switch (kind) {
    case "nothing":
      return "0";
    case "refused":
      return "0 accepted; new connections refused while its rules are rebuilt";
    case "in flight":
      return "its requests in flight";
    case "restart":
      return "the proxy's restart";
  }
}

/** Most requests that one copy may be answering at once under the matrix's load, streams included. */
export const MOST_IN_FLIGHT = 60;

/** Most connections that may be refused: of some 85 new ones a second, for 0.3 s to 0.6 s. */
export const MOST_REFUSED = 60;

/**
 * Whether a loss is within what was expected. A proxy's restart has no bound, and is reported.
 * @param reasons of the first failures, e.g. `3.1 s: GET /, new connection: ECONNREFUSED`.
 */
export function asExpected(expected: Expected, failed: number, reasons: string[]): boolean {
  switch (expected.kind) {
    case "nothing":
      return failed === 0;
    case "refused":
      return failed <= MOST_REFUSED && reasons.every((why) => why.endsWith(": ECONNREFUSED"));
    case "in flight":
      return failed <= MOST_IN_FLIGHT;
    case "restart":
      return true;
  }
}
