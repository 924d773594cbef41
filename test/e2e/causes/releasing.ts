/** Services that each fail in their own way, released on a stage, and what the failure says of each. */
import { expect } from "vitest";
import { runRelease } from "../../../components/fleet/release/run.ts";
import type { HostState, ProxySettings, ServiceRequest } from "../../../components/fleet/types.ts";
import type { HealthCheck } from "../../../components/services/index.ts";
import { STACK, type Stage } from "./stage.ts";

export const MIB = 1024 * 1024;
export const DEADLINE = 5;
// Long enough that a busy machine does not make a service slow that is something else.
export const HTTP = {
  kind: "http" as const,
  path: "/health",
  requestHeaders: {},
  interval: 1,
  timeout: 4,
  successes: 1,
} satisfies HealthCheck;
export const SETTINGS: ProxySettings = {
  routes: [{ path: "/", to: "exits" }],
  publicPort: 60080,
  statusPort: 60404,
  connectTimeout: 5,
  clientTimeout: 60,
  serverTimeout: 60,
  drainTimeout: 1,
  errorPages: {},
};
export const serve = (where: string, ...how: string[]) => [
  "socat",
  `TCP-LISTEN:${where},reuseaddr,fork`,
  `EXEC:/tmp/serve.sh ${how.join(" ")}`,
];
export const sh = (script: string) => ["sh", "-c", script];
export const service = (name: string, changes: Partial<ServiceRequest> = {}): ServiceRequest => ({
  name,
  tag: "v2",
  image: `registry.invalid/${name}@sha256:${"0".repeat(64)}`,
  order: "start-first",
  strategy: { kind: "blue-green" },
  smoke: [],
  endpoint: { port: 9090, protocol: "http" },
  health: HTTP,
  deadline: DEADLINE,
  watch: { seconds: 0, maxErrors: 5 },
  drain: 1,
  stopGrace: 1,
  ...changes,
});

/** The failure's text, cut into its blocks by service. */
export async function release(
  stage: Stage,
  containers: Record<string, string[]>,
  services: ServiceRequest[],
) {
  const message = await runRelease(
    {
      stack: STACK,
      services,
      settings: SETTINGS,
      hosts: [
        {
          name: "local",
          dockerHost: stage.dockerHost,
          ...{ proxy: stage.proxy, forwarder: stage.forwarder },
          containers,
          secrets: [],
        },
      ],
    },
    () => stage.host,
    () => undefined,
  ).then(
    () => expect.fail("the release succeeded"),
    (error: Error) => error.message,
  );
  const [head, ...found] = message.split(/^(?=service `)/m);
  const blocks = Object.fromEntries(
    found.map((block) => [/^service `([^`]+)`/.exec(block)?.[1] ?? "", block.trimEnd()]),
  );
  expect(Object.keys(blocks)).toHaveLength(found.length); // one block for each service
  return { head, blocks };
}

/** Every service is served by one old container, so that all are started before the first is gated. */
export function serving(services: ServiceRequest[], server: string): HostState {
  const old = ({ endpoint, ports, health }: ServiceRequest) => ({
    ...{ tag: "v1", servers: [server], health },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(ports === undefined ? {} : { ports }),
  });
  return {
    release: 1,
    settings: SETTINGS,
    services: Object.fromEntries(
      services.map((each) => [each.name, { active: "a", a: old(each), b: null }]),
    ),
  };
}
