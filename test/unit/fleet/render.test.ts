/** The proxy's files, from a host's state. That HAProxy takes them is shown in test/e2e. */
import { describe, expect, it } from "vitest";
import { configShape, renderProxyFiles } from "../../../components/fleet/release/render.ts";
import { serverCommands } from "../../../components/fleet/release/runtime-api.ts";
import type { HostState, Slot } from "../../../components/fleet/release/types.ts";

const app = (tag: string, servers: string[]): Slot => ({
  tag,
  servers,
  endpoint: { port: 9090, protocol: "http" },
  health: { kind: "http", path: "/health", interval: 1, timeout: 2, successes: 2 },
});
const redis: Slot = {
  tag: "r1",
  servers: ["redis-1"],
  endpoint: { port: 6379, protocol: "tcp" },
  health: { kind: "tcp", interval: 1, timeout: 2, successes: 1 },
};

function state(extra: Partial<HostState["services"]> = {}): HostState {
  return {
    release: 3,
    settings: {
      routes: [
        { path: "/", to: "app" },
        { domain: "identidock.example", path: "/admin/", to: "admin" },
      ],
      publicPort: 60080,
      statusPort: 60404,
      connectTimeout: 5,
      clientTimeout: 60,
      serverTimeout: 61,
      drainTimeout: 30,
      errorPages: {},
    },
    services: {
      redis: { active: "b", a: null, b: redis },
      app: { active: "a", a: app("v1", ["app-1", "app-2"]), b: null },
      worker: {
        active: "a",
        a: { tag: "w", servers: ["w-1"], health: { kind: "running", seconds: 5 } },
        b: null,
      },
      ...extra,
    },
  };
}

describe("renderProxyFiles", () => {
  const files = renderProxyFiles(state());
  const config = files["haproxy.cfg"];
  const lines = config.split("\n").map((line) => line.trim());

  it("says in the map which slot serves, for services that listen", () => {
    expect(files["slots.map"]).toBe("app app.a\nredis redis.b\n");
  });

  it("routes named domains and longer paths first", () => {
    expect(
      lines.filter((line) => line.startsWith("http-request set-var(txn.service) str")),
    ).toEqual([
      "http-request set-var(txn.service) str(admin) if !{ var(txn.service) -m found } { req.hdr(host),field(1,:) -m str -i identidock.example } { path /admin }",
      "http-request set-var(txn.service) str(admin) if !{ var(txn.service) -m found } { req.hdr(host),field(1,:) -m str -i identidock.example } { path_beg /admin/ }",
      "http-request set-var(txn.service) str(app) if !{ var(txn.service) -m found }",
    ]);
  });

  it("gives each slot a backend, the resting one with the active one's names, disabled", () => {
    expect(lines.filter((line) => /^(backend|server) /.test(line))).toEqual([
      "backend none",
      "backend app.a",
      "server s1 app-1:9090",
      "server s2 app-2:9090",
      "backend app.b",
      "server s1 app-1:9090 disabled",
      "server s2 app-2:9090 disabled",
      "backend redis.a",
      "server s1 redis-1:6379 disabled",
      "backend redis.b",
      "server s1 redis-1:6379",
    ]);
  });

  it("checks http services by path and status, tcp ones by connection", () => {
    expect(config).toContain("http-check send meth GET uri /health");
    expect(config).toContain("http-check expect status 200-399");
    expect(config.match(/option httpchk/g)).toHaveLength(2);
    expect(config).toContain(
      "default-server check inter 1s fastinter 500ms downinter 1s rise 2 fall 3",
    );
  });

  it("tells HTTP links apart by name and gives each TCP link its port", () => {
    expect(config).toContain("frontend link.9090\n    bind :9090");
    expect(config).toContain("acl known var(txn.service) -m str app\n");
    expect(config).toContain("frontend link.6379\n    mode tcp\n    bind :6379");
  });

  it("leaves no trace of the template and ends with one newline", () => {
    expect(config).not.toMatch(/<%|%>|undefined|\[object/);
    expect(config).not.toContain("\n\n\n");
    expect(config.endsWith("\n") && !config.endsWith("\n\n")).toBe(true);
  });
});

describe("configShape", () => {
  const next = state({ app: { active: "b", a: null, b: app("v2", ["app-3", "app-4"]) } });

  it("is the same for another version of the same size", () => {
    expect(configShape(next)).toBe(configShape(state()));
  });

  const others: [string, HostState][] = [
    ["size", state({ app: { active: "a", a: app("v1", ["app-1"]), b: null } })],
    ["health path", state({ app: { active: "a", a: otherPath(), b: null } })],
    ["route", { ...state(), settings: { ...state().settings, routes: [] } }],
    ["timeout", { ...state(), settings: { ...state().settings, serverTimeout: 5 } }],
  ];
  it.each(others)("is another one for another %s", (_what, other) => {
    expect(configShape(other)).not.toBe(configShape(state()));
  });

  function otherPath(): Slot {
    const slot = app("v1", ["app-1", "app-2"]);
    return { ...slot, health: { ...slot.health, path: "/ready" } as Slot["health"] };
  }
});

describe("serverCommands", () => {
  const before = state();
  const staged = state({
    app: { active: "a", a: app("v1", ["app-1", "app-2"]), b: app("v2", ["app-3", "app-4"]) },
  });

  it("loads the resting slot, each server proving itself before it counts as up", () => {
    expect(serverCommands(before, staged)).toEqual([
      "set server app.b/s1 state maint",
      "set server app.b/s1 fqdn app-3",
      "set server app.b/s1 state ready",
      "set server app.b/s1 health down",
      "set server app.b/s2 state maint",
      "set server app.b/s2 fqdn app-4",
      "set server app.b/s2 state ready",
      "set server app.b/s2 health down",
    ]);
  });

  it("puts the old slot to rest with the names of the new one", () => {
    const after = state({ app: { active: "b", a: null, b: app("v2", ["app-3", "app-4"]) } });
    const switched = state({
      app: { active: "b", a: app("v1", ["app-1", "app-2"]), b: app("v2", ["app-3", "app-4"]) },
    });
    expect(serverCommands(switched, after)).toEqual([
      "set server app.a/s1 state maint",
      "set server app.a/s1 fqdn app-3",
      "set server app.a/s2 state maint",
      "set server app.a/s2 fqdn app-4",
    ]);
  });

  it("says nothing between equal states", () => {
    expect(serverCommands(before, state())).toEqual([]);
  });
});
