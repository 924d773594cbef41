/** What a load balancer sends requests to, and how it asks whether that serves. Pure. */
import type { HealthCheck, Service, Services } from "../../services/index.ts";
import { within } from "../task/pace.ts";
import { endpointOf } from "../task/ports.ts";

/** A port of a service that routes lead to. */
export interface Target {
  /** `service`, or `service:port` if it is not the main one. */
  key: string;
  service: string;
  /** Name of the port; undefined is the main one. */
  port: string | undefined;
  /** On which the container listens. */
  containerPort: number;
  protocolVersion: "HTTP1" | "HTTP2";
  healthCheck: TargetCheck;
  /** Seconds that requests may go on for in a task that leaves. */
  deregistrationDelay: number;
  /** Whether a client stays with one task. */
  isSticky: boolean;
}

/** As `aws.lb.TargetGroup` has it. Times in seconds. */
export interface TargetCheck {
  path: string;
  /** A port's number, or that of the target. */
  port: string;
  /** Statuses that are healthy. @example "200,204" */
  matcher: string;
  interval: number;
  timeout: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

/** What AWS takes; what is below or above becomes the nearest that it does. */
const LIMITS = {
  interval: { least: 5, most: 300 },
  timeout: { least: 2, most: 120 },
  threshold: { least: 2, most: 10 },
};
/** Failures in a row that take a task out. */
const FAILURES = 3;
/** Any answer but a server's error: for services whose own check is no request. */
const ANSWERS = "200-499";
/** Statuses that a load balancer can wait for. */
const STATUSES = [200, 499] as const;
/** Longest drain, in seconds. */
const LONGEST_DRAIN = 3600;

/** The targets of all routes, by key. */
export function targetsOf({ proxy, byName }: Services): Target[] {
  const found = new Map<string, Target>();
  for (const { to, port } of proxy?.routes ?? []) {
    const service = byName[to];
    const endpoint = service && endpointOf(service, port);
    if (service === undefined || endpoint === undefined) continue;
    const key = port === undefined ? to : `${to}:${port}`;
    found.set(key, {
      ...{ key, service: to, port, containerPort: endpoint.port },
      protocolVersion: endpoint.protocol === "h2c" ? "HTTP2" : "HTTP1",
      healthCheck: targetCheck(service, port),
      deregistrationDelay: service.drain,
      isSticky: service.sticky !== undefined,
    });
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * How the load balancer checks one port of a service: by the service's own request where that is one, else by whether
 * anything answers.
 * @param port the target's name; undefined is the main one.
 */
export function targetCheck(
  service: Pick<Service, "healthCheck" | "endpoint" | "ports">,
  port: string | undefined,
): TargetCheck {
  const { healthCheck: check } = service;
  if (check.kind === "running") return { ...request({}), ...pace({}) };
  if (check.kind !== "http") return { ...request({}), ...pace(check) };
  const checked = endpointOf(service, check.port);
  const isTargets = check.port === port || checked === undefined;
  const number = isTargets ? undefined : checked.port;
  return { ...request({ path: check.path, status: check.status, port: number }), ...pace(check) };
}

/** What no load balancer can be told: a line for each, with what to do. */
export function findTargetFaults(services: Services, hasCertificate: boolean): string[] {
  return targetsOf(services).flatMap(({ key, service: name, protocolVersion }) => {
    const service = services.byName[name];
    const { drain = 0, healthCheck } = service ?? {};
    return [
      ...(protocolVersion === "HTTP2" && !hasCertificate
        ? [
            `\`services\`: \`${key}\` speaks h2c, which a load balancer takes by HTTPS alone: give a certificate`,
          ]
        : []),
      ...(drain > LONGEST_DRAIN
        ? [
            `\`services\`: \`${name}.drain\` must be at most ${LONGEST_DRAIN} seconds: it is ${drain}`,
          ]
        : []),
      ...statusesOf(healthCheck)
        .filter((status) => status < STATUSES[0] || status > STATUSES[1])
        .map(
          (status) =>
            `\`services\`: \`${name}.healthCheck.status\` must be from ${STATUSES.join(" to ")} for a load balancer: it is ${status}`,
        ),
    ];
  });
}

function statusesOf(check: HealthCheck | undefined): readonly number[] {
  return check?.kind === "http" ? (check.status ?? []) : [];
}

interface Request {
  path?: string;
  status?: readonly number[] | undefined;
  port?: number | undefined;
}

function request({ path, status, port }: Request): Pick<TargetCheck, "path" | "matcher" | "port"> {
  const own = status === undefined ? "200-399" : status.join(",");
  return {
    ...{ path: path ?? "/", matcher: path === undefined ? ANSWERS : own },
    port: port === undefined ? "traffic-port" : String(port),
  };
}

function pace(given: { interval?: number; timeout?: number; successes?: number }) {
  const interval = within(LIMITS.interval, given.interval ?? 0);
  const timeout = within(LIMITS.timeout, given.timeout ?? 0);
  return {
    interval,
    // Shorter than the interval: AWS refuses others.
    timeout: Math.min(timeout, interval - 1),
    healthyThreshold: within(LIMITS.threshold, given.successes ?? 0),
    unhealthyThreshold: FAILURES,
  };
}
