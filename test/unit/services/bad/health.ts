/** Bad definitions: health checks. */
import { job, redis, web, type Row } from "./row.ts";

const TOKEN = "Use letters, digits, dots, dashes and underscores, e.g. `X-Variant`.";

export const HEALTH_ROWS: Row[] = [
  {
    rule: "health-missing",
    definition: job({ healthCheck: undefined }),
    path: "job.healthCheck",
    message:
      "Service `job` has neither a port nor a health check, so nothing would tell a broken release.",
    fix: "Give `healthCheck: { command: […] }`, or `{ runningFor: 10 }` if there is nothing better.",
  },
  {
    rule: "health-kind",
    definition: web({ healthCheck: {} }),
    path: "web.healthCheck",
    message: "The health check of service `web` checks nothing.",
    fix: "Give exactly one of `path`, `tcp`, `command` and `runningFor`.",
  },
  {
    rule: "health-kind",
    definition: web({ healthCheck: { path: "/", tcp: true } }),
    path: "web.healthCheck",
    message: "The health check of service `web` has `path` and `tcp`.",
    fix: "Give exactly one of `path`, `tcp`, `command` and `runningFor`.",
  },
  ...(
    [
      [{ "a b": "x" }, "a b", "`a b`", "cannot be sent", TOKEN],
      [
        { Connection: "close" },
        "Connection",
        "`Connection`",
        "belongs to the connection",
        "Remove it.",
      ],
      [
        { Host: "a", host: "b" },
        "host",
        "`host`",
        "is given twice",
        "Remove one: upper and lower case are the same.",
      ],
      [
        { Host: "a\nb" },
        "Host",
        "`Host`",
        "has a value that cannot be sent",
        "Give up to 1000 visible ASCII characters, in one line.",
      ],
    ] as const
  ).map(([requestHeaders, header, shown, what, fix]) => ({
    rule: "check-header",
    definition: web({ healthCheck: { path: "/", requestHeaders } }),
    path: `web.healthCheck.requestHeaders${header === "a b" ? `["${header}"]` : `.${header}`}`,
    message: `The header ${shown} of a check of service \`web\` ${what}.`,
    fix,
  })),
  {
    rule: "check-header",
    definition: web({ smokeChecks: [{ path: "/", requestHeaders: { TE: "x" } }] }),
    path: "web.smokeChecks[0].requestHeaders.TE",
    message: "The header `TE` of a check of service `web` belongs to the connection.",
    fix: "Remove it.",
  },
  {
    rule: "health-unused",
    definition: web({ healthCheck: { tcp: true, requestHeaders: { host: "x" } } }),
    path: "web.healthCheck.requestHeaders",
    message: "The health check of service `web` has `requestHeaders`, which `tcp` does not use.",
    fix: "Remove `requestHeaders`.",
  },
  {
    rule: "health-path",
    definition: web({ healthCheck: { path: "health" } }),
    path: "web.healthCheck.path",
    message: "`health`, the health check of service `web`, is not a valid path.",
    fix: "Give what follows the host in the URL, e.g. `/health`.",
  },
  {
    rule: "health-path",
    definition: web({ healthCheck: { path: "http://web/health" } }),
    path: "web.healthCheck.path",
    message: "`http://web/health`, the health check of service `web`, is not a valid path.",
    fix: "Give what follows the host in the URL, e.g. `/health`.",
  },
  {
    rule: "health-protocol",
    definition: redis({ healthCheck: { path: "/health" } }),
    path: "redis.healthCheck.path",
    message: "Service `redis` speaks TCP, so no path can be asked for.",
    fix: "Check with `tcp: true` or a `command`, or set `protocol` to `http`.",
  },
  {
    rule: "health-protocol",
    definition: web({ protocol: "tcp", healthCheck: { path: "/health" } }),
    path: "web.healthCheck.path",
    message: "Service `web` speaks TCP, so no path can be asked for.",
    fix: "Check with `tcp: true` or a `command`, or set `protocol` to `http`.",
  },
  {
    rule: "health-portless",
    definition: job({ healthCheck: { tcp: true } }),
    path: "job.healthCheck.tcp",
    message: "Service `job` has no port that `tcp` could check.",
    fix: "Give its `port`, or check with a `command` or `runningFor`.",
  },
  {
    rule: "health-portless",
    definition: job({ healthCheck: { path: "/health" } }),
    path: "job.healthCheck.path",
    message: "Service `job` has no port that `path` could check.",
    fix: "Give its `port`, or check with a `command` or `runningFor`.",
  },
  {
    rule: "health-unused",
    definition: web({ healthCheck: { tcp: true, status: 204 } }),
    path: "web.healthCheck.status",
    message: "The health check of service `web` has `status`, which `tcp` does not use.",
    fix: "Remove `status`.",
  },
  {
    rule: "health-unused",
    definition: web({ healthCheck: { runningFor: 5, interval: 1 } }),
    path: "web.healthCheck.interval",
    message: "The health check of service `web` has `interval`, which `runningFor` does not use.",
    fix: "Remove `interval`.",
  },
  {
    rule: "health-command",
    definition: redis({ healthCheck: { command: ["redis-cli ping"] } }),
    path: "redis.healthCheck.command[0]",
    message:
      "The health check of service `redis` runs a program called `redis-cli ping`: no shell splits it.",
    fix: 'Give one item a word, e.g. `["redis-cli","ping"]`.',
  },
  {
    rule: "health-deadline",
    definition: job({ healthCheck: { runningFor: 90 } }),
    path: "job.healthCheck",
    message: "The health check of service `job` needs 90 s, longer than the deadline of 60 s.",
    fix: "Set `deadline` to more than 90, or make the check faster.",
  },
  {
    rule: "health-deadline",
    definition: web({ deadline: 10, healthCheck: { path: "/", interval: 5, successes: 3 } }),
    path: "web.healthCheck",
    message: "The health check of service `web` needs 12 s, longer than the deadline of 10 s.",
    fix: "Set `deadline` to more than 12, or make the check faster.",
  },
];
