/** Moves requests to a new version by share, and judges it by what the proxies measure. */
import { setTimeout as pause } from "node:timers/promises";
import { type Step, onAll } from "./step.ts";
import { type Traffic, tooManyErrors, trafficSince } from "../proxy/runtime-api.ts";
import type { Strategy } from "../../services/index.ts";
import { ReleaseFailure } from "./failures.ts";
import type { Log } from "../../output/log.ts";

export type Canary = Extract<Strategy, { kind: "canary" }>;

/**
 * Takes a service through the steps of its canary, on all its hosts together.
 * @param steps the service's change on each host.
 * @throws ReleaseFailure as soon as the new version is found wanting.
 */
export async function runCanary(steps: Step[], strategy: Canary, log: Log): Promise<void> {
  const [first] = steps;
  if (first === undefined) return;
  const { name, tag } = first.change.service;
  for (const { host, change } of steps) host.guard(change);
  for (const percent of strategy.steps) {
    const before = await look(steps);
    await onAll(steps, ({ host, change }) => host.setWeight(change, percent));
    log(`${name}: ${percent} % of the requests go to ${tag}, watched for ${strategy.watch} s`);
    const until = Date.now() + strategy.watch * 1000;
    for (let over = false; !over;) {
      over = Date.now() >= until;
      const seen = trafficSince(before, await look(steps));
      const fault = judgeCanary(strategy, seen, over);
      if (fault !== undefined) {
        throw new ReleaseFailure(
          `service \`${name}\` ${tag}: its canary at ${percent} % was aborted: ${fault}.`,
        );
      }
      if (over) log(`${name}: ${seen.requests} requests, ${seen.errors} errors, ${ms(seen)}`);
      else await pause(500);
    }
  }
}

/**
 * Why a canary must be aborted; undefined if it may go on.
 * @param over whether the step's time is over, so that too few requests count against it.
 */
export function judgeCanary(strategy: Canary, seen: Traffic, over: boolean): string | undefined {
  const { maxErrors, maxLatency, minRequests } = strategy;
  if (seen.requests < minRequests) {
    if (!over) return undefined;
    return `only ${seen.requests} requests came in ${strategy.watch} s, too few to judge by (at least ${minRequests})`;
  }
  const failing = tooManyErrors(seen, maxErrors);
  if (failing !== undefined) return failing;
  if (maxLatency !== undefined && seen.averageMs > maxLatency) {
    return `an answer takes ${ms(seen)} on average (at most ${maxLatency} ms)`;
  }
  return undefined;
}

/** What the new replicas of all hosts have answered so far, port by port. */
async function look(steps: Step[]): Promise<Traffic[]> {
  return (await onAll(steps, ({ host, change }) => host.traffic(change))).flat();
}

function ms({ averageMs }: Traffic): string {
  return `${averageMs.toFixed(1)} ms`;
}
