/**
 * The deployers' matrix: what happens at which place of a release, and the loss that is expected, written
 * down before any of it is tried.
 */
import { EVENTS, type Event } from "./deployer-events.ts";
import { PLACES, type Place } from "./deployer-places.ts";
import type { Expected } from "./kill-points.ts";

export interface DeployerPoint {
  /** E.g. `Ctrl-C: release command`. */
  name: string;
  event: Event;
  place: Place;
  expected: Expected;
}

const EVERYWHERE = Object.keys(PLACES) as (keyof typeof PLACES)[];

const TABLE: [event: keyof typeof EVENTS, places: readonly (keyof typeof PLACES)[]][] = [
  ["refused", EVERYWHERE.filter((place) => place !== "handOver")],
  ["waiting", ["command", "gap", "drain"]],
  ["takingOver", ["command", "gate", "gap", "canary", "ramp", "drain", "handOver"]],
  ["suspended", ["gap", "canary"]],
  ["ctrlC", EVERYWHERE],
  ["ctrlCTwice", ["command", "gap", "canary", "handOver"]],
  ["sigterm", ["command", "gate", "gap", "canary", "ramp", "handOver"]],
  ["pluginKilled", ["command", "gate", "gap", "canary", "ramp", "drain", "handOver"]],
];

/** A forwarder that is replaced closes its ports for a moment; nothing else may lose a request. */
const lossAt = ({ proxy }: Place): Expected => ({ kind: proxy ? "restart" : "nothing" });

export const DEPLOYER_POINTS: DeployerPoint[] = TABLE.flatMap(([event, places]) =>
  places.map((place) => ({
    name: `${EVENTS[event].name}: ${PLACES[place].name}`,
    event: EVENTS[event],
    place: PLACES[place],
    expected: lossAt(PLACES[place]),
  })),
);
