/** How a service is checked, released and watched, with every default filled in. */
import type * as normal from "../types.ts";
import { given, sorted } from "../values/maps.ts";
import { DEFAULTS } from "../defaults.ts";
import type { ServiceArgs, SmokeCheckArgs } from "../args.ts";
export function normaliseWatch(watch: ServiceArgs["watch"], defaults: normal.Watch): normal.Watch {
  return { ...defaults, ...(typeof watch === "number" ? { seconds: watch } : given(watch)) };
}

export function normaliseHealthCheck({
  healthCheck = { tcp: true },
}: ServiceArgs): normal.HealthCheck {
  const { path, status, command, runningFor, interval, timeout, successes } = healthCheck;
  const { requestHeaders, port } = healthCheck;
  if (runningFor !== undefined) return { kind: "running", seconds: runningFor };
  const timing = { ...DEFAULTS.healthCheck, ...given({ interval, timeout, successes }) };
  const checked = port === undefined ? {} : { port };
  if (path !== undefined) {
    const statuses = status === undefined ? undefined : [...new Set([status].flat())];
    return {
      kind: "http",
      path,
      status: statuses?.sort((one, other) => one - other),
      requestHeaders: lowerNames(requestHeaders),
      ...timing,
      ...checked,
    };
  }
  if (command !== undefined) return { kind: "command", command, ...timing };
  return { kind: "tcp", ...timing, ...checked };
}

export function normaliseStrategy(strategy: ServiceArgs["strategy"]): normal.Strategy {
  if (strategy === undefined) return DEFAULTS.app.strategy;
  if (typeof strategy === "string") return { kind: strategy };
  const { steps, ...others } = strategy.canary;
  return {
    kind: "canary",
    maxLatency: undefined,
    ...DEFAULTS.canary,
    ...given(others),
    steps: [...(steps ?? DEFAULTS.canary.steps)],
  };
}

export function normaliseSmokeCheck(check: SmokeCheckArgs): normal.SmokeCheck {
  const { path, status = DEFAULTS.smokeCheck.status, startsWith } = check;
  const requestHeaders = lowerNames(check.requestHeaders);
  return { path, status, requestHeaders, headers: lowerNames(check.headers), startsWith };
}

/** Headers by name, which is in lower case. */
function lowerNames(headers: Record<string, string> = {}): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return sorted<string>(Object.fromEntries(lower) as Record<string, string>);
}
