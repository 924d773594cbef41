/** Bad definitions: named ports, and what leads to them. */
import { edge, job, redis, web, type Row } from "./row.ts";

const LABEL = "Use up to 63 lower-case letters, digits and dashes, first a letter, last no dash.";

export const PORTS_ROWS: Row[] = [
  ...["gRPC", "a.b", "", "1st"].map((name) => ({
    rule: "port-name",
    definition: web({ ports: { [name]: 9100 } }),
    path: /^\w+$/.test(name) ? `web.ports.${name}` : `web.ports[${JSON.stringify(name)}]`,
    message: `${name === "" ? '`""`' : `\`${name}\``} of service \`web\` cannot be the name of a port.`,
    fix: LABEL,
  })),
  {
    rule: "port-twice",
    definition: web({ ports: { admin: 8080 } }),
    path: "web.ports.admin",
    message: "`port` and `admin` of service `web` are both 8080.",
    fix: "Remove one of them, or give it the number that it listens on.",
  },
  {
    rule: "port-twice",
    definition: web({ ports: { admin: { port: 9000, linkPort: 9100 }, metrics: 9100 } }),
    path: "web.ports.metrics",
    message: "Links reach `admin` and `metrics` of service `web` both at 9100.",
    fix: "Give one of them another `linkPort`.",
  },
  {
    rule: "port-shared",
    definition: { ...redis(), ...web({ ports: { db: { port: 6379, protocol: "tcp" } } }) },
    path: "web.ports.db",
    message:
      "Services `redis` and `web:db` both have TCP port 6379, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 6380: its callers find that in their environment, and it listens as before.",
  },
  {
    rule: "port-mixed",
    definition: { ...web({ ports: { metrics: 6379 } }), ...redis() },
    path: "redis.port",
    message:
      "Port 6379 speaks HTTP at service `web:metrics` and TCP at service `redis`, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 6380, or both the same `protocol`.",
  },
  {
    rule: "protocol-portless",
    definition: job({ ports: { metrics: 9100 } }),
    path: "job.ports",
    message:
      "Service `job` has named ports but no main one, which links and checks mean if they name none.",
    fix: "Give one of them as its `port`.",
  },
  {
    rule: "number-range",
    definition: web({ ports: { metrics: 0 } }),
    path: "web.ports.metrics",
    message: "`ports.metrics` of service `web` is 0.",
    fix: "Give a whole number from 1 to 65535.",
  },
  {
    rule: "property-unknown",
    definition: web({ ports: { metrics: { port: 9100, linkport: 1 } } }),
    path: "web.ports.metrics.linkport",
    message: "`ports.metrics` of service `web` has no property `linkport`.",
    fix: "Did you mean `linkPort`? Remove or rename it.",
  },
  {
    rule: "link-unknown",
    definition: { ...web({ links: ["reddis:metrics"] }), ...redis({ ports: { metrics: 9100 } }) },
    path: "web.links[0]",
    message: "Link `reddis:metrics` of service `web` names no service.",
    fix: "Did you mean `redis`? Known: redis.",
  },
  {
    rule: "link-port",
    definition: {
      ...web({ links: ["redis:metric"] }),
      ...redis({ ports: { metrics: 9100, admin: 9101 } }),
    },
    path: "web.links[0]",
    message: "Link `redis:metric` of service `web` names no port of `redis`.",
    fix: "Did you mean `metrics`? Known: admin, metrics.",
  },
  {
    rule: "link-port",
    definition: { ...web({ links: ["redis:"] }), ...redis() },
    path: "web.links[0]",
    message: "Link `redis:` of service `web` names no port of `redis`.",
    fix: "Give it in `redis.ports`, e.g. `{ metrics: 9100 }`.",
  },
  {
    rule: "link-self",
    definition: web({ ports: { admin: 9000 }, links: ["web:admin"] }),
    path: "web.links[0]",
    message: "Service `web` links to itself.",
    fix: "Remove the link: a replica reaches itself at `localhost`.",
  },
  {
    rule: "link-duplicate",
    definition: {
      ...web({ links: ["redis:metrics", "redis", "redis:metrics"] }),
      ...redis({ ports: { metrics: 9100 } }),
    },
    path: "web.links[2]",
    message: "Service `web` links to `redis:metrics` twice.",
    fix: "Remove this one; the first is `web.links[0]`.",
  },
  {
    rule: "link-circle",
    definition: {
      ...web({ links: ["redis:metrics"] }),
      ...redis({ ports: { metrics: 9100 }, links: ["web"] }),
    },
    path: "redis.links[0]",
    message:
      "Links make a circle, so none of its services can start first: `redis` → `web` → `redis`.",
    fix: "Remove one of these links.",
  },
  {
    rule: "link-variable",
    definition: {
      ...web({ links: ["redis:metrics"], environment: { REDIS_METRICS_PORT: "1" } }),
      ...redis({ ports: { metrics: 9100 } }),
    },
    path: "web.environment.REDIS_METRICS_PORT",
    message: "`REDIS_METRICS_PORT` of service `web` is set by its link to `redis:metrics`.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "link-variable",
    definition: {
      ...web({ links: ["redis:metrics", "redis"], environment: { REDIS_HOST: "1" } }),
      ...redis({ ports: { metrics: 9100 } }),
    },
    path: "web.environment.REDIS_HOST",
    message: "`REDIS_HOST` of service `web` is set by its link to `redis`.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "link-clash",
    definition: {
      ...web({ links: ["redis-metrics", "redis:metrics"] }),
      ...redis({ ports: { metrics: 9100 } }),
      "redis-metrics": web({ port: 9121 }).web,
    },
    path: "web.links[1]",
    message:
      "The links to `redis-metrics` and `redis:metrics` of service `web` both set `REDIS_METRICS_HOST`.",
    fix: "Give the named port another name, or the service.",
  },
  {
    rule: "extra-host",
    definition: {
      ...web({ links: ["redis:metrics"], extraHosts: { redis: "10.1.0.7" } }),
      ...redis({ ports: { metrics: 9100 } }),
    },
    path: "web.extraHosts.redis",
    message: "Service `web` reaches `redis` by its link, and an extra host would lead elsewhere.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "route-unknown",
    definition: { ...web({ ports: { admin: 9000 } }), ...edge({ routes: [{ to: "wep:admin" }] }) },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `wep:admin`, which is not a known service.",
    fix: "Did you mean `web`? Known: web.",
  },
  {
    rule: "route-port",
    definition: { ...web({ ports: { admin: 9000 } }), ...edge({ routes: [{ to: "web:adm" }] }) },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `web:adm`, which is no port of `web`.",
    fix: "Known: admin.",
  },
  {
    rule: "route-tcp",
    definition: {
      ...web({ ports: { raw: { port: 9000, protocol: "tcp" } } }),
      ...edge({ routes: [{ to: "web:raw" }] }),
    },
    path: "edge.routes[0].to",
    message: "A route of proxy `edge` leads to `web:raw`, which speaks TCP, not HTTP.",
    fix: "Set `web.ports.raw.protocol` to `http` if it does speak it, or remove the route.",
  },
  {
    rule: "health-protocol",
    definition: web({ ports: { grpc: 50051 }, healthCheck: { path: "/", port: "grpc" } }),
    path: "web.healthCheck.path",
    message: "Port `grpc` of service `web` speaks HTTP/2 alone, so no path can be asked for.",
    fix: "Check with `tcp: true` or a `command`, or set `protocol` to `http`.",
  },
  {
    rule: "smoke-http",
    definition: web({ protocol: "h2c", smokeChecks: [{ path: "/" }] }),
    path: "web.smokeChecks",
    message: "Service `web` speaks HTTP/2 alone, so it cannot be asked for a path.",
    fix: "Remove `smokeChecks`, and check with `healthCheck: { command: […] }`.",
  },
  {
    rule: "port-mixed",
    definition: { ...redis(), ...web({ ports: { grpc: 6379 } }) },
    path: "web.ports.grpc",
    message:
      "Port 6379 speaks HTTP at service `web:grpc` and TCP at service `redis`, and links tell TCP services apart by port alone.",
    fix: "Give one of them a `linkPort`, e.g. 6380, or both the same `protocol`.",
  },
  {
    rule: "health-port",
    definition: web({ ports: { metrics: 9100 }, healthCheck: { path: "/", port: "metric" } }),
    path: "web.healthCheck.port",
    message: "The health check of service `web` is of `metric`, which is no port of it.",
    fix: "Did you mean `metrics`? Known: metrics.",
  },
  {
    rule: "health-unused",
    definition: web({
      ports: { metrics: 9100 },
      healthCheck: { command: ["true"], port: "metrics" },
    }),
    path: "web.healthCheck.port",
    message: "The health check of service `web` has `port`, which `command` does not use.",
    fix: "Remove `port`.",
  },
];
