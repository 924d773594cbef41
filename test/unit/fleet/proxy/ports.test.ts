/** The named ports of a service: a backend each, which follows the switch and the health of the main one. */
import { describe, expect, it } from "vitest";
import {
  configShape,
  renderProxyFiles,
  renderSlotsMap,
} from "../../../../components/fleet/proxy/render.ts";
import {
  httpBackends,
  parseSlot,
  serverCommands,
  serverNames,
  trafficSince,
} from "../../../../components/fleet/proxy/runtime-api.ts";
import type { HostState, Slot } from "../../../../components/fleet/types.ts";
import type { Endpoint } from "../../../../components/services/index.ts";
import { backendRow, statRow } from "../../../support/fakes/stat.ts";
import { app, redis, state } from "./state.ts";

const named = (tag: string, servers: string[]): Slot => ({
  ...app(tag, servers),
  ports: {
    metrics: { port: 9100, protocol: "http", linkPort: 9101 },
    grpc: { port: 50051, protocol: "tcp" },
  },
});
const one = named("v1", ["app-1"]);
const serving = (more: Partial<HostState["services"][string]> = {}) =>
  state({ app: { active: "a", a: one, b: null, ...more } });

describe("a service with named ports", () => {
  const files = renderProxyFiles(serving());
  const config = files["proxy.cfg"];
  const lines = config.split("\n").map((line) => line.trim());

  it("has a backend for each, whose servers are up and down with those of the main one", () => {
    const found = lines.filter((line) => /^(backend app|server \w+ app)/.test(line));
    expect(found).toEqual([
      ...["backend app.a", "server s1 app-1:9090"],
      ...["backend app.a.grpc", "server s1 app-1:50051 track app.a/s1"],
      ...["backend app.a.metrics", "server s1 app-1:9100 track app.a/s1"],
      ...["backend app.b", "server s1 app-1:9090 disabled"],
      ...["backend app.b.grpc", "server s1 app-1:50051 track app.b/s1"],
      ...["backend app.b.metrics", "server s1 app-1:9100 track app.b/s1"],
    ]);
    expect(config.match(/option httpchk/g)).toHaveLength(2);
    expect(config.match(/default-server check /g)).toHaveLength(4);
  });

  it("is switched by one entry, from which the backend of each port follows", () => {
    expect(renderSlotsMap(serving())).toBe("app app.a\nredis redis.b\n");
    const [, grpc = ""] = config.split("frontend link.50051\n");
    expect(grpc.slice(0, grpc.indexOf("\n\n")).split("\n")).toEqual(
      expect.arrayContaining([
        "    mode tcp",
        "    bind :50051",
        "    tcp-request content set-var(txn.service) str(app)",
        "    tcp-request content set-var(txn.port) str(.grpc)",
        "    tcp-request content set-var(txn.active) var(txn.service),map(/etc/longshore/slots.map)",
        "    tcp-request content set-var(txn.resting) var(txn.service),concat(.b,txn.port) if { var(txn.active) -m end .a }",
        "    tcp-request content set-var(txn.active) var(txn.active),concat(,txn.port) if { var(txn.active) -m found }",
      ]),
    );
  });

  it("is reached by HTTP at the port for links, beside other services there", () => {
    const beside = app("v1", ["web-1"]);
    const web: Slot = { ...beside, endpoint: { port: 9101, protocol: "http" } };
    const both = state({ ...serving().services, web: { active: "a", a: web, b: null } });
    expect(renderProxyFiles(both)["links.map"]).toBe(
      "9090/app app\n9101/app app:.metrics\n9101/web web\n",
    );
    const [, http = ""] = config.split("frontend link.9101\n");
    expect(http.split("\n").slice(0, 7)).toEqual([
      "    bind :9101",
      '    bind "unix@/etc/longshore/entry/${HOSTNAME}/9101" mode 600 accept-proxy',
      "    option httplog",
      "    http-request set-var(txn.name) req.hdr(host),field(1,:),lower",
      "    http-request set-var(txn.link) str(9101/),concat(,txn.name),map(/etc/longshore/links.map)",
      "    http-request set-var(txn.service) var(txn.link),field(1,:)",
      "    http-request set-var(txn.port) var(txn.link),field(2,:)",
    ]);
  });

  it("has routes to them", () => {
    const routed = serving();
    routed.settings.routes = [
      { path: "/", to: "app" },
      { path: "/metrics", to: "app", port: "metrics" },
    ];
    const found = renderProxyFiles(routed)["proxy.cfg"].match(
      /http-request set-var\(txn.(service|port)\) str\(\.?[a-z]+\) if !.*/g,
    );
    const condition = "if !{ var(txn.service) -m found } { path /metrics }";
    expect(found?.slice(0, 2)).toEqual([
      `http-request set-var(txn.port) str(.metrics) ${condition}`,
      `http-request set-var(txn.service) str(app) ${condition}`,
    ]);
    expect(found?.at(-1)).toBe(
      "http-request set-var(txn.service) str(app) if !{ var(txn.service) -m found }",
    );
  });

  it("speaks HTTP/2 where they do, told apart by name, and HTTP/1.1 in checks by path", () => {
    const h2c: Slot = {
      ...one,
      endpoint: { port: 50051, protocol: "h2c" },
      ports: { metrics: { port: 9100, protocol: "http" }, calls: { port: 50052, protocol: "h2c" } },
      health: {
        kind: "http",
        path: "/",
        requestHeaders: {},
        port: "metrics",
        interval: 1,
        timeout: 1,
        successes: 1,
      },
    };
    const told = renderProxyFiles(serving({ a: h2c }));
    const text = told["proxy.cfg"];
    expect(told["links.map"]).toBe("50051/app app\n50052/app app:.calls\n9100/app app:.metrics\n");
    expect(text).toContain(
      "backend app.a\n    mode http\n    timeout server 1h\n    balance leastconn\n",
    );
    expect(text).toContain("default-server check port 9100 check-proto h1 inter 1s");
    expect(text).toContain("    server s1 app-1:50051 proto h2\n");
    expect(text).toContain("    server s1 app-1:50052 proto h2 track app.a/s1\n");
    expect(text).toContain("    server s1 app-1:9100 track app.a/s1\n");
  });

  it("is checked at the port that its health is of", () => {
    const at = (health: Slot["health"]) =>
      renderProxyFiles(serving({ a: { ...one, health } }))["proxy.cfg"];
    const pace = { interval: 1, timeout: 1, successes: 1 };
    expect(at({ kind: "http", path: "/", requestHeaders: {}, port: "metrics", ...pace })).toContain(
      "default-server check port 9100 inter 1s",
    );
    expect(at({ kind: "tcp", port: "grpc", ...pace })).toContain(
      "default-server check port 50051 inter 1s",
    );
    expect(config).not.toContain("check port");
  });

  it("needs a reload for another port, and for another number, and for nothing else", () => {
    expect(configShape(serving({ b: named("v2", ["app-2"]) }))).toBe(configShape(serving()));
    const grpc: Endpoint = { port: 50051, protocol: "tcp" };
    const metrics: Endpoint = { port: 9100, protocol: "http" };
    const others: Record<string, Endpoint>[] = [
      { grpc },
      { grpc, metrics: { ...metrics, port: 9102 } },
      { grpc, more: metrics },
    ];
    const shapes = others.map((ports) => configShape(serving({ a: { ...one, ports } })));
    expect(new Set([configShape(serving()), ...shapes]).size).toBe(4);
  });

  it("has the ports of both versions while they differ, and a taken one stays whose it is", () => {
    const next: Slot = {
      ...one,
      ports: { admin: { port: 6379, protocol: "tcp" }, more: { port: 9102, protocol: "tcp" } },
    };
    const both = renderProxyFiles(serving({ b: next }))["proxy.cfg"];
    const binds = [...both.matchAll(/^frontend link\.(\d+)$/gm)].map(([, port]) => port);
    expect(binds.sort()).toEqual(["50051", "6379", "9090", "9101", "9102"]);
    expect(both).toContain("frontend link.6379\n    mode tcp\n    bind :6379");
    expect(both).toContain("set-var(txn.service) str(redis)");
    expect(redis.endpoint?.port).toBe(6379);
  });
});

describe("what the running proxy is told of them", () => {
  it("is where they are; they rest, wake and fall with the main one", () => {
    const staged = serving({ b: named("v2", ["app-2"]) });
    expect(serverCommands(serving(), staged)).toEqual([
      "set server app.b/s1 state maint",
      "set server app.b/s1 fqdn app-2",
      "set server app.b/s1 addr 255.255.255.255",
      "set server app.b.grpc/s1 fqdn app-2",
      "set server app.b.grpc/s1 addr 255.255.255.255",
      "set server app.b.metrics/s1 fqdn app-2",
      "set server app.b.metrics/s1 addr 255.255.255.255",
      "set server app.b/s1 state ready",
      "set server app.b/s1 health down",
    ]);
    expect([...serverNames(staged)].filter(([server]) => server.startsWith("app"))).toEqual([
      ["app.a/s1", "app-1"],
      ["app.a.grpc/s1", "app-1"],
      ["app.a.metrics/s1", "app-1"],
      ["app.b/s1", "app-2"],
      ["app.b.grpc/s1", "app-2"],
      ["app.b.metrics/s1", "app-2"],
    ]);
  });
});

describe("what the proxy says of them", () => {
  const server = (pxname: string, svname: string, scur: number, addr: string, more = {}) =>
    statRow("Server", { ...{ pxname, svname, scur, addr, status: "DOWN" }, ...more });
  const up = { status: "UP", check_status: "L7OK" };
  const answers = [
    [server("app.a", "s1", 1, "10.9.0.1:9090", up), server("app.a", "s2", 0, "10.9.0.2:9090", up)],
    [server("app.a.grpc", "s1", 2, "10.9.0.1:50051"), server("app.a.grpc", "s2", 4, "10.9.0.9:1")],
  ];
  const text = answers.map((rows) => `${JSON.stringify(rows)}\n`).join("\n");

  it("is one server for a replica: the main port's health, all sessions, and one address", () => {
    expect(parseSlot(text, "app.a")).toMatchObject([
      { backend: "app.a", server: "s1", status: "UP", sessions: 3, address: "10.9.0.1" },
      { backend: "app.a", server: "s2", status: "UP", sessions: 4 },
    ]);
    expect(parseSlot(text, "app.a")[1]).not.toHaveProperty("address");
    expect(parseSlot("No such backend.\n", "app.a")).toEqual([]);
  });

  it("is the requests and errors of all that speak HTTP, and the slowest one's average", () => {
    const rows = [
      backendRow("app.a", { requests: 3, errors: 1 }),
      statRow("Backend", { pxname: "app.a.grpc", mode: "tcp" }),
    ];
    expect(httpBackends(`${JSON.stringify(rows)}\n`)).toEqual(["app.a"]);
    const at = (requests: number, errors: number, averageMs: number) => ({
      ...{ requests, errors, averageMs },
    });
    expect(trafficSince([at(10, 0, 1)], [at(15, 1, 1), at(20, 2, 9)])).toEqual(at(25, 3, 9));
    expect(trafficSince([], [])).toEqual(at(0, 0, 0));
  });
});
