/** How often ECS runs a health check, and when it gives up. Times in seconds. */
import type { Service } from "../../services/index.ts";
import type { ContainerHealthCheck } from "./types.ts";

/** From botocore's model of ECS, HealthCheck. */
export const LIMITS = {
  interval: { least: 5, most: 300 },
  timeout: { least: 2, most: 60 },
  retries: { least: 1, most: 10 },
  startPeriod: 300,
} as const;

/** Failures in a row that make a replica unhealthy, unless its deadline needs more. */
const RETRIES = 3;
/** Of checks that say nothing: services that only have to run, but have smoke checks. */
const INTERVAL = 5;

type Pace = Required<Omit<ContainerHealthCheck, "command">>;

/** Longest deadline that ECS can wait for with this interval between checks. */
export function longestDeadline(interval: number): number {
  return LIMITS.startPeriod + LIMITS.retries.most * intervalOf(interval);
}

/**
 * The nearest pace that ECS has: it checks every 5 seconds at most. Until the deadline failures do not end the task.
 * @param timeout of all that one check does; ECS gives it a minute at most.
 */
export function checkPace({ healthCheck, deadline }: Service, timeout: number): Pace {
  const interval = intervalOf("interval" in healthCheck ? healthCheck.interval : INTERVAL);
  const startPeriod = Math.min(deadline, LIMITS.startPeriod);
  const rest = Math.ceil((deadline - startPeriod) / interval);
  return {
    interval,
    timeout: within(LIMITS.timeout, timeout),
    retries: Math.min(Math.max(rest, RETRIES), LIMITS.retries.most),
    startPeriod,
  };
}

function intervalOf(interval: number): number {
  return within(LIMITS.interval, interval);
}

/** `value` rounded up, and brought between `least` and `most`. */
export function within({ least, most }: { least: number; most: number }, value: number): number {
  return Math.min(Math.max(Math.ceil(value), least), most);
}
