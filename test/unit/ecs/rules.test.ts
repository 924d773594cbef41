/** What cannot be mapped to ECS: each row breaks one rule, and is told so. */
import { describe, expect, it } from "vitest";
import { ECS_RULES, type EcsOptions, findEcsFaults } from "../../../components/ecs/rules/index.ts";
import type { Services } from "../../../components/services/index.ts";
import { identidock } from "../services/example.ts";
import { OPTIONS, define } from "./facts.ts";

interface Row {
  rule: string;
  services: Services;
  path: string;
  options?: Partial<EcsOptions>;
}
const row = (
  rule: string,
  path: string,
  web: Parameters<typeof define>[0],
  options: Partial<EcsOptions> = {},
): Row => ({ rule, services: define(web), path, options });
const edge = (
  rule: string,
  path: string,
  proxy: Parameters<typeof define>[1],
  web: Parameters<typeof define>[0] = {},
): Row => ({ rule, services: define(web, proxy), path });
const EC2 = { capacity: "ec2" } as const;
const long = "x".repeat(130);

const ROWS: Row[] = [
  row("ecs-placement", "web.placement", { placement: "everywhere" }),
  row("ecs-placement", "web.placement", { placement: { hosts: ["web-1"] } }),
  row("ecs-network-mode", "web.networkMode", { networkMode: "host" }),
  row("ecs-host-access", "web.bindMounts[0]", { bindMounts: [{ from: "/srv", at: "/srv" }] }),
  row("ecs-host-access", "web.devices[0]", { devices: ["/dev/fuse"] }),
  row("ecs-host-access", "web.gpus", { gpus: "all" }),
  row("ecs-hostname", "web.hostname", { hostname: "web-1" }),
  row("ecs-extra-host", "web.extraHosts.ldap", { extraHosts: { ldap: "10.1.0.7" } }),
  row("ecs-dns", "web.dns", { dns: ["10.1.0.2"] }),
  row("ecs-ulimit", "web.ulimits.core", { ulimits: { core: 0, nofile: 1024 } }),
  row("ecs-ulimit", "web.ulimits.as", { ulimits: { as: 1024, core: 0 } }, EC2),
  row("ecs-shm-size", "web.shmSize", { shmSize: 128 }),
  row("ecs-restart", "web.restart", { restart: "no" }),
  row("ecs-restart", "web.restart", { restart: "on-failure:3" }),
  row("ecs-stop-signal", "web.stopSignal", { stopSignal: "SIGQUIT" }),
  row("ecs-stop-grace", "web.stopGrace", { stopGrace: 121 }),
  row("ecs-stop-grace", "web.stopGrace", { stopGrace: 1 }),
  row("ecs-capability", "web.capabilities.add[0]", { capabilities: { add: ["NET_ADMIN"] } }),
  row("ecs-capability", "web.capabilities.add[0]", { capabilities: { add: ["BPF"] } }, EC2),
  row("ecs-capability", "web.capabilities.drop[0]", { capabilities: { drop: ["PERFMON"] } }),
  row("ecs-log-driver", "web.logging.driver", { logging: { driver: "journald" } }),
  row("ecs-log-driver", "web.logging.driver", { logging: { driver: "syslog" } }, EC2),
  row("ecs-log-driver", "web.logging.driver", { logging: { driver: "none" } }),
  row("ecs-log-option", "web.logging.options.tag", {
    logging: { driver: "json-file", options: { tag: "x", "max-size": "1m" } },
  }),
  row("ecs-size", "web.cpus", { cpus: 17 }),
  row("ecs-size", "web.memory", { memory: 122_880 }),
  row("ecs-size", "web.cpus", { cpus: 193 }, EC2),
  row("ecs-volume-name", "web.volume.name", { volume: { name: "a.b", at: "/data" } }),
  row("ecs-volume-name", "web.volume.name", { volume: { name: "longshore-secrets", at: "/d" } }),
  row("ecs-check-timeout", "web.healthCheck.timeout", {
    deadline: 120,
    healthCheck: { tcp: true, timeout: 61 },
  }),
  row("ecs-check-successes", "web.healthCheck.successes", {
    healthCheck: { command: ["true"], successes: 2 },
  }),
  row("ecs-deadline", "web.deadline", { deadline: 351 }),
  row("ecs-canary", "web.strategy", { strategy: { canary: {} } }),
  row("ecs-canary", "web.strategy", { strategy: { canary: {} } }, { strategy: "BLUE_GREEN" }),
  edge("ecs-bind", "edge.bind", { bind: "127.0.0.1" }),
  edge("ecs-bind", "edge.bind", { bind: "203.0.113.7" }),
  edge("ecs-error-pages", "edge.errorPages", { errorPages: { 503: "<p>Soon</p>" } }),
  edge("ecs-timeouts", "edge.timeouts.client", { timeouts: { client: 4001 } }),
  edge("ecs-timeouts", "edge.timeouts.server", { timeouts: { server: 4001 } }),
  edge("ecs-route-count", "edge.routes", {
    routes: Array.from({ length: 101 }, (_, at) => ({ path: `/${at}`, to: "web" })),
  }),
  edge("ecs-route-length", "edge.routes[0]", { routes: [{ path: `/${long}`, to: "web" }] }),
  edge("ecs-route-length", "edge.routes[0]", {
    routes: [{ when: { cookie: "a", value: long }, to: "web" }],
  }),
  edge("ecs-route-length", "edge.routes[0]", {
    routes: [{ when: { header: `x-${"h".repeat(40)}`, value: "1" }, to: "web" }],
  }),
  edge("ecs-route-host", "edge.routes[0].when", {
    routes: [{ when: { header: "Host", value: "a.example" }, to: "web" }],
  }),
  edge("ecs-domain-port", "edge.port", {
    port: 8080,
    routes: [{ domain: "a.example", to: "web" }],
  }),
  edge("ecs-route-encrypted", "edge.routes[0].to", {}, { protocol: "h2c" }),
  edge("ecs-drain", "web.drain", {}, { drain: 3601 }),
  edge(
    "ecs-check-status",
    "web.healthCheck.status",
    {},
    { healthCheck: { path: "/", status: 503 } },
  ),
  {
    rule: "ecs-port-name",
    services: define({}, undefined, { ["a".repeat(60)]: { ports: { metrics: 9100 } } }),
    path: `${"a".repeat(60)}.ports.metrics`,
  },
  {
    rule: "ecs-port-unique",
    services: define({ ports: { grpc: 50_051 } }, undefined, { "web-grpc": { port: 9001 } }),
    path: "web.ports.grpc",
  },
  {
    rule: "ecs-helper-name",
    services: define({}, undefined, { health: {} }),
    path: "health",
  },
  row("ecs-helper-image", "web", {}, { helperImage: false, elastiCache: ["redis"] }),
  {
    rule: "ecs-elasticache",
    services: define({}, undefined, { store: { command: ["--appendonly", "yes"] } }),
    path: "store.command",
    options: { elastiCache: ["store"] },
  },
];
const faults = ({ services, options = {} }: Row, without: string[] = []) =>
  findEcsFaults(services, { ...OPTIONS, ...options }, { without });

describe("a definition that ECS cannot run", () => {
  it.each(ROWS)("breaks $rule at $path", (given) => {
    const found = faults(given);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^`.+`: .+\. .+\.$/);
    expect(found[0]?.startsWith(`\`${given.path}\`: `)).toBe(true);
    expect(faults(given, [given.rule])).toEqual([]);
  });

  it("has at least 45 different rows, and each rule some", () => {
    expect(new Set(ROWS.map((given) => faults(given)[0])).size).toBeGreaterThanOrEqual(45);
    expect([...new Set(ROWS.map(({ rule }) => rule))].sort()).toEqual(
      ECS_RULES.map(({ id }) => id).sort(),
    );
  });

  it("is told all at once", () => {
    const services = define({ hostname: "w", restart: "no" }, { bind: "127.0.0.1" });
    expect(findEcsFaults(services, OPTIONS)).toHaveLength(3);
  });
});

it("takes a log router's driver only with its image", () => {
  const services = define({ logging: { driver: "awslogs" } });
  const routed = { ...services.list.find(({ name }) => name === "web")! };
  const given = {
    ...services,
    list: [{ ...routed, logging: { driver: "awsfirelens", options: {} } }],
  };
  expect(findEcsFaults(given, OPTIONS)).toHaveLength(1);
  expect(findEcsFaults(given, { ...OPTIONS, logRouter: true })).toEqual([]);
});

it("takes identidock, but for the ports and addresses of a stack on one machine", () => {
  expect(findEcsFaults(identidock, OPTIONS).map((line) => line.split(":")[0])).toEqual([
    "`proxy.bind`",
    "`proxy.port`",
  ]);
});
