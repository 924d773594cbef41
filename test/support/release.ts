/** Releases over made-up hosts: requests, and a host that serves already. */
import type { LockPolicy } from "../../components/fleet/release/open-host.ts";
import { runRelease } from "../../components/fleet/release/run.ts";
import type { ReleaseRequest, ServiceRequest } from "../../components/fleet/types.ts";
import type { HealthCheck } from "../../components/services/index.ts";
import { FakeHost } from "./fakes/host.ts";

/** Of a proxy with `app` behind it. */
export const SETTINGS = {
  routes: [{ path: "/", to: "app" }],
  publicPort: 60080,
  statusPort: 60404,
  connectTimeout: 5,
  clientTimeout: 60,
  serverTimeout: 60,
  drainTimeout: 30,
  errorPages: {},
};

/** A health check of such a service. */
export const HTTP = {
  kind: "http" as const,
  path: "/health",
  requestHeaders: {},
  ...{ interval: 1, timeout: 1, successes: 1 },
} satisfies HealthCheck;

/** A start-first HTTP service. */
export function service(
  name: string,
  tag: string,
  extra: Partial<ServiceRequest> = {},
): ServiceRequest {
  return {
    name,
    tag,
    order: "start-first",
    endpoint: { port: 9090, protocol: "http" },
    health: HTTP,
    image: `example.test/x@sha256:${"0".repeat(64)}`,
    strategy: { kind: "blue-green" },
    smoke: [],
    deadline: 0.6,
    watch: { seconds: 0, maxErrors: 5 },
    drain: 1,
    stopGrace: 10,
    ...extra,
  };
}

/** A stop-first TCP service. */
export const redis = (tag: string) =>
  service("redis", tag, {
    order: "stop-first",
    endpoint: { port: 6379, protocol: "tcp" },
    health: { kind: "tcp", interval: 1, timeout: 1, successes: 1 },
  });

/** Those services in those containers, on all of `hosts`. */
export function request(
  hosts: FakeHost[],
  services: ServiceRequest[],
  containers: Record<string, string[]>,
): ReleaseRequest {
  return {
    stack: "identidock/test",
    services,
    settings: SETTINGS,
    hosts: hosts.map(({ name }) => ({
      name,
      dockerHost: "unix:///none",
      ...{ proxy: "proxy", forwarder: "forwarder" },
      containers,
      secrets: [],
    })),
  };
}

/** Carries out a release; containers that are not there yet are created, stopped. */
export async function release(
  hosts: FakeHost[],
  wanted: ReleaseRequest,
  policy: Partial<LockPolicy> = {},
) {
  for (const name of Object.values(wanted.hosts[0]?.containers ?? {}).flat()) {
    for (const host of hosts) {
      if (!host.containers.has(name)) host.containers.set(name, { running: false });
    }
  }
  const lines: string[] = [];
  const connect = ({ name }: { name: string }) => {
    const found = hosts.find((host) => host.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const report = await runRelease(wanted, connect, (line) => lines.push(line), policy);
  return { report, lines };
}

/** A host on which app v1 and redis v1 serve. */
export async function serving(name = "one"): Promise<FakeHost> {
  const host = new FakeHost(name);
  const containers = { redis: ["redis-1"], app: ["app-1", "app-2"] };
  await release([host], request([host], [redis("v1"), service("app", "v1")], containers));
  host.events.length = 0;
  host.proxy.reloads = 0;
  return host;
}
