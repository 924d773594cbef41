/** What of the proxy's configuration needs a reload, and what its runtime socket is told. */
import { describe, expect, it } from "vitest";
import {
  configShape,
  renderProxyFiles,
  renderTrialConfig,
  shapeName,
} from "../../../../components/fleet/proxy/render.ts";
import { serverCommands } from "../../../../components/fleet/proxy/runtime-api.ts";
import type { HostState, Slot } from "../../../../components/fleet/types.ts";
import { app, state } from "./state.ts";

describe("renderTrialConfig", () => {
  it("is the configuration with all its files in another folder", () => {
    const trial = renderTrialConfig(state(), "/etc/longshore/next");
    expect(trial.replaceAll("/etc/longshore/next/", "/etc/longshore/")).toBe(
      renderProxyFiles(state())["proxy.cfg"],
    );
    // Sockets are in one place, and a trial opens none.
    expect(trial).not.toMatch(/\/etc\/longshore\/(?!next\/|entry\/)/);
  });
});

describe("configShape", () => {
  const next = state({ app: { active: "b", a: null, b: app("v2", ["app-3", "app-4"]) } });

  it("is the same for another version of the same size", () => {
    expect(configShape(next)).toBe(configShape(state()));
    expect(shapeName(next)).toBe(shapeName(state()));
    expect(shapeName(state())).toMatch(/^longshore-[0-9a-f]{16}$/);
  });

  it("is the same for a share of the requests and for maintenance", () => {
    const told = {
      ...state({ app: { active: "a", a: app("v1", ["app-1", "app-2"]), b: null, canary: 50 } }),
      maintenance: { message: "soon", retryAfter: 60, since: "2026-01-01T00:00:00Z" },
    };
    expect(configShape(told)).toBe(configShape(state()));
  });

  it("is the same for fewer replicas than the proxy has servers for", () => {
    const scaled = (servers: string[]) =>
      state({ app: { active: "a", a: app("v1", servers), b: null, size: 2 } });
    expect(configShape(scaled(["app-1"]))).toBe(configShape(state()));
    expect(configShape(scaled(["app-1", "app-2", "app-3"]))).not.toBe(configShape(state()));
  });

  const others: [string, HostState][] = [
    ["size", state({ app: { active: "a", a: app("v1", ["app-1"]), b: null } })],
    ["health path", state({ app: { active: "a", a: otherPath(), b: null } })],
    ["route", { ...state(), settings: { ...state().settings, routes: [] } }],
    ["error page", { ...state(), settings: { ...state().settings, errorPages: { 503: "x" } } }],
    [
      "text of an error page",
      { ...state(), settings: { ...state().settings, errorPages: { 503: "y" } } },
    ],
    ["cookie", state({ app: { active: "a", a: { ...otherPath(), sticky: "c" }, b: null } })],
    ["timeout", { ...state(), settings: { ...state().settings, serverTimeout: 5 } }],
  ];
  it.each(others)("is another one for another %s", (_what, other) => {
    expect(configShape(other)).not.toBe(configShape(state()));
    expect(shapeName(other)).not.toBe(shapeName(state()));
  });

  it("names each of these in another way", () => {
    expect(new Set(others.map(([, other]) => shapeName(other))).size).toBe(others.length);
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

  it("loads the standby slot, each server proving itself before it counts as up", () => {
    expect(serverCommands(before, staged)).toEqual([
      "set server app.b/s1 state maint",
      "set server app.b/s1 fqdn app-3",
      "set server app.b/s1 addr 255.255.255.255",
      "set server app.b/s1 state ready",
      "set server app.b/s1 health down",
      "set server app.b/s2 state maint",
      "set server app.b/s2 fqdn app-4",
      "set server app.b/s2 addr 255.255.255.255",
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

  it("leaves alone the servers that a smaller version has no use for, and wakes them for a larger one", () => {
    const small = state({ app: { active: "b", a: null, b: app("v2", ["app-3"]), size: 2 } });
    const large = state({
      app: { active: "b", a: app("v3", ["app-4", "app-5"]), b: app("v2", ["app-3"]), size: 2 },
    });
    expect(renderProxyFiles(small)["proxy.cfg"]).toContain("server s2 app-3:9090 disabled");
    expect(serverCommands(small, large).filter((line) => line.includes("s2"))).toEqual([
      "set server app.a/s2 state maint",
      "set server app.a/s2 fqdn app-5",
      "set server app.a/s2 addr 255.255.255.255",
      "set server app.a/s2 state ready",
      "set server app.a/s2 health down",
    ]);
    expect(serverCommands(large, small).filter((line) => line.includes("s2"))).toEqual([
      "set server app.a/s2 state maint",
      "set server app.a/s2 fqdn app-3",
    ]);
  });

  it("says nothing between equal states", () => {
    expect(serverCommands(before, state())).toEqual([]);
  });
});
