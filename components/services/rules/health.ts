/** Rules on health checks: every service has one, and it can succeed in time. */
import type { HealthCheckArgs, ServiceArgs } from "../args.ts";
import { DEFAULTS } from "../defaults.ts";
import { REPEATED_FIX, TOKEN_FIX, isRepeated, isToken } from "../values/token.ts";
import { isUrlPath } from "../values/url-path.ts";
import { portFix, protocolOf, SPOKEN } from "./ports.ts";
import { code, pathOf, type Rule, type System, type View } from "./rule.ts";

const KINDS = ["path", "tcp", "command", "runningFor"] as const;

function* checks({ services }: System) {
  for (const service of services) {
    const check = service.args.healthCheck;
    if (check === undefined) continue;
    const kinds = KINDS.filter((kind) => check[kind] !== undefined);
    const path = pathOf(service.name, "healthCheck");
    yield {
      service,
      name: service.name,
      check,
      kinds,
      kind: kinds.length === 1 ? kinds[0] : undefined,
      path,
    };
  }
}

/** Least time, in seconds, that a check needs to find a replica healthy. */
function leastTime(check: HealthCheckArgs): number {
  if (check.runningFor !== undefined) return check.runningFor;
  const pace = { ...DEFAULTS.healthCheck, ...check };
  return (pace.successes - 1) * pace.interval + pace.timeout;
}

const isPortless = ({ role, has }: View<ServiceArgs>) => role === "worker" && !has("port");

export const HEALTH_RULES: Rule[] = [
  {
    id: "health-missing",
    about: "A service without a port says how it proves that it works.",
    *check({ services }) {
      for (const service of services) {
        if (!isPortless(service) || service.has("healthCheck")) continue;
        yield {
          path: pathOf(service.name, "healthCheck"),
          message: `Service \`${service.name}\` has neither a port nor a health check, so nothing would tell a broken release.`,
          fix: "Give `healthCheck: { command: […] }`, or `{ runningFor: 10 }` if there is nothing better.",
        };
      }
    },
  },
  {
    id: "health-kind",
    about: "A health check is of one kind.",
    *check(system) {
      for (const { name, kinds, path } of checks(system)) {
        if (kinds.length === 1) continue;
        const what =
          kinds.length === 0
            ? "checks nothing"
            : `has ${kinds.map((kind) => `\`${kind}\``).join(" and ")}`;
        yield {
          path,
          message: `The health check of service \`${name}\` ${what}.`,
          fix: "Give exactly one of `path`, `tcp`, `command` and `runningFor`.",
        };
      }
    },
  },
  {
    id: "health-path",
    about: "A health check's path is a URL's path.",
    *check(system) {
      for (const { name, check, path } of checks(system)) {
        if (check.path === undefined || isUrlPath(check.path.replace("?", ""))) continue;
        yield {
          path: `${path}.path`,
          message: `\`${check.path}\`, the health check of service \`${name}\`, is not a valid path.`,
          fix: "Give what follows the host in the URL, e.g. `/health`.",
        };
      }
    },
  },
  {
    id: "health-protocol",
    about: "A health check by path is of a service that speaks HTTP.",
    *check(system) {
      for (const { service, name, check, path } of checks(system)) {
        if (check.path === undefined || isPortless(service)) continue;
        const spoken = protocolOf(service, check.port);
        // A named port is passed on as it is told, and may speak HTTP all the same.
        if (spoken === "http" || (spoken === "tcp" && check.port !== undefined)) continue;
        const who = check.port === undefined ? `Service` : `Port \`${check.port}\` of service`;
        yield {
          path: `${path}.path`,
          message: `${who} \`${name}\` speaks ${SPOKEN[spoken]}, so no path can be asked for.`,
          fix: "Check with `tcp: true` or a `command`, or set `protocol` to `http`.",
        };
      }
    },
  },
  {
    id: "health-portless",
    about: "A health check by path or TCP is of a service with a port.",
    *check(system) {
      for (const { service, name, kind, path } of checks(system)) {
        if (!isPortless(service) || (kind !== "path" && kind !== "tcp")) continue;
        yield {
          path: `${path}.${kind}`,
          message: `Service \`${name}\` has no port that \`${kind}\` could check.`,
          fix: "Give its `port`, or check with a `command` or `runningFor`.",
        };
      }
    },
  },
  {
    id: "health-port",
    about: "A health check's port is one of the service's named ports.",
    *check(system) {
      for (const { service, name, check, path } of checks(system)) {
        if (check.port === undefined) continue;
        const fix = portFix(service, check.port);
        if (fix === undefined) continue;
        yield {
          path: `${path}.port`,
          message: `The health check of service \`${name}\` is of ${code(check.port)}, which is no port of it.`,
          fix,
        };
      }
    },
  },
  {
    id: "health-unused",
    about: "A health check has no setting that its kind does not use.",
    *check(system) {
      for (const { name, check, kind, path } of checks(system)) {
        if (kind === undefined) continue;
        const unused = kind === "runningFor" ? (["interval", "timeout", "successes"] as const) : [];
        for (const setting of [
          ...unused,
          ...(kind === "path" ? [] : (["status", "requestHeaders"] as const)),
          ...(kind === "path" || kind === "tcp" ? [] : (["port"] as const)),
        ]) {
          if (check[setting] === undefined) continue;
          yield {
            path: `${path}.${setting}`,
            message: `The health check of service \`${name}\` has \`${setting}\`, which \`${kind}\` does not use.`,
            fix: `Remove \`${setting}\`.`,
          };
        }
      }
    },
  },
  {
    id: "check-header",
    about:
      "A request header of a check has a name of letters, digits, dots, dashes and underscores, once, and a value of visible characters; what belongs to the connection is left out.",
    *check(system) {
      const smoke = system.services.flatMap(({ name, args }) =>
        (args.smokeChecks ?? []).map(({ requestHeaders }, index) => ({
          ...{ name, requestHeaders, at: ["smokeChecks", index] },
        })),
      );
      const health = [...checks(system)].map(({ name, check }) => ({
        ...{ name, requestHeaders: check.requestHeaders, at: ["healthCheck"] },
      }));
      for (const { name: service, requestHeaders = {}, at } of [...health, ...smoke]) {
        const names = Object.keys(requestHeaders);
        for (const [header, value] of Object.entries(requestHeaders)) {
          const problem = headerProblem(header, value, names);
          if (problem === undefined) continue;
          yield {
            path: pathOf(service, ...at, "requestHeaders", header),
            message: `The header ${code(header)} of a check of service \`${service}\` ${problem.what}.`,
            fix: problem.fix,
          };
        }
      }
    },
  },
  {
    id: "health-command",
    about: "A health check's command is a list of words, not a line for a shell.",
    *check(system) {
      for (const { name, check, path } of checks(system)) {
        const [program = "", ...others] = check.command ?? [];
        if (others.length > 0 || !/\s/.test(program)) continue;
        yield {
          path: `${path}.command[0]`,
          message: `The health check of service \`${name}\` runs a program called \`${program}\`: no shell splits it.`,
          fix: `Give one item a word, e.g. \`${JSON.stringify(program.split(/\s+/))}\`.`,
        };
      }
    },
  },
  {
    id: "health-deadline",
    about: "A health check can succeed before the deadline.",
    *check(system) {
      for (const { service, name, check, kind, path } of checks(system)) {
        const { deadline = DEFAULTS.app.deadline } = service.args;
        const least = leastTime(check);
        if (kind === undefined || least <= deadline) continue;
        yield {
          path,
          message: `The health check of service \`${name}\` needs ${least} s, longer than the deadline of ${deadline} s.`,
          fix: `Set \`deadline\` to more than ${least}, or make the check faster.`,
        };
      }
    },
  },
];

/** Headers that the request's own connection decides. */
const OF_THE_CONNECTION = ["connection", "content-length", "transfer-encoding", "upgrade", "te"];

function headerProblem(
  header: string,
  value: string,
  names: string[],
): { what: string; fix: string } | undefined {
  if (!isToken(header)) return { what: "cannot be sent", fix: TOKEN_FIX };
  if (OF_THE_CONNECTION.includes(header.toLowerCase())) {
    return { what: "belongs to the connection", fix: "Remove it." };
  }
  if (isRepeated(header, names)) return { what: "is given twice", fix: REPEATED_FIX };
  if (/^[\x20-\x7e]{1,1000}$/.test(value)) return undefined;
  return {
    what: "has a value that cannot be sent",
    fix: "Give up to 1000 visible ASCII characters, in one line.",
  };
}
