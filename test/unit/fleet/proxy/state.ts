/** What a host serves, to render. */
import type { HostState, Slot } from "../../../../components/fleet/types.ts";

export const app = (tag: string, servers: string[]): Slot => ({
  tag,
  servers,
  endpoint: { port: 9090, protocol: "http" },
  health: {
    kind: "http",
    path: "/health",
    requestHeaders: {},
    interval: 1,
    timeout: 2,
    successes: 2,
  },
});

export const redis: Slot = {
  tag: "r1",
  servers: ["redis-1"],
  endpoint: { port: 6379, protocol: "tcp" },
  health: { kind: "tcp", interval: 1, timeout: 2, successes: 1 },
};

export function state(extra: Partial<HostState["services"]> = {}): HostState {
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
