/** The proxy with three tiny services behind it, as all tests of it share it, and what they ask of it. */
import { expect } from "vitest";
import type { HostState, ServiceState, Slot } from "../../../components/fleet/types.ts";
import type { HealthCheck } from "../../../components/services/index.ts";
import { Load } from "../../support/load/index.ts";
import { type Answer, ProxyBench } from "../../support/proxy-bench.ts";

export const PUBLIC = 60080;
export const TLS = 60443;
export const HTTP_LINK = 9090;
export const TCP_LINK = 6379;
export const OTHER_TCP_LINK = 6381;
export const PAGE = "<h1>Sorry, später</h1>\n";
/** Seconds that the proxy holds a request at most. */
export const HELD_STUCK = 30;

const pace = { interval: 1, timeout: 1, successes: 1 };
const check: HealthCheck = { kind: "tcp", ...pace };
export const http = (servers: string[], sticky?: string): Slot => ({
  tag: "v",
  servers,
  endpoint: { port: 9090, protocol: "http" },
  health: check,
  ...(sticky === undefined ? {} : { sticky }),
});
/** Of a service that answers 204 if host and token are what it wants, else 400. */
const BLUNT = {
  ...pace,
  kind: "http" as const,
  path: "/picky",
  status: [204, 205],
  requestHeaders: {},
};
export const TOKEN = 'it\'s 100% "a\\b" $HOME #c';
const PICKY: HealthCheck = { ...BLUNT, requestHeaders: { host: "shop.example", "x-token": TOKEN } };
const alone = (slot: Slot): ServiceState => ({ active: "a", a: slot, b: null });

export let bench: ProxyBench;
/** What the proxy holds; each test leaves it with `app.a` serving. */
export let state: HostState;
/** Sent first, answered last: held for as long as the proxy holds anybody. */
export let stuck: Promise<Answer>;

/** Starts it. */
export async function setUp(): Promise<void> {
  bench = await ProxyBench.create([PUBLIC, TLS, HTTP_LINK, TCP_LINK, OTHER_TCP_LINK]);
  const [one, two, three] = await Promise.all(["one", "two", "three"].map((n) => bench.service(n)));
  const cold = await bench.service("cold", { start: false });
  if (!one || !two || !three) throw new Error("no services");
  const tcp = (server: string): Slot => ({
    ...{ tag: "v", servers: [server], health: check },
    endpoint: { port: 6379, protocol: "tcp" },
  });
  state = {
    release: 1,
    settings: {
      routes: [
        { path: "/", to: "app" },
        { path: "/", when: { cookie: "group", value: "b e's } t\"a#" }, to: "beta" },
        { path: "/", when: { header: "X-Group", value: "-i, beta" }, to: "beta" },
        { path: "/shop", to: "shop" },
        { path: "/", domain: "*.wild.example", to: "beta" },
        { path: "/", domain: "app.wild.example", to: "app" },
        { path: "/stuck", to: "stuck" },
        { path: "/odd", to: "odd" },
        { path: "/nobody", to: "nobody" },
      ],
      publicPort: PUBLIC,
      statusPort: 60404,
      connectTimeout: 2,
      clientTimeout: 60,
      serverTimeout: 60,
      drainTimeout: 5,
      errorPages: { 502: PAGE, 503: PAGE },
    },
    services: {
      app: { active: "a", a: http([one, two]), b: http([three, cold]) },
      beta: alone(http([three])),
      shop: { active: "a", a: http([one, two], "copy"), b: http([three, three], "copy") },
      stuck: alone(http([one])),
      picky: {
        active: "a",
        a: { ...http([one]), health: PICKY },
        b: { ...http([two]), health: BLUNT },
      },
      redis: alone(tcp(three)),
      // It listens where redis does, and links reach it elsewhere.
      sessions: alone({
        ...tcp(one),
        endpoint: { port: TCP_LINK, protocol: "tcp", linkPort: OTHER_TCP_LINK },
      }),
      // Said to speak HTTP, and does not: the proxy itself must answer.
      odd: alone({ ...http([three]), endpoint: { port: 6380, protocol: "http" } }),
    },
  };
  await bench.proxy.start(state);
  await bench.untilUp("shop", "b");
  await bench.untilFirstUp("app", "b");
  await bench.proxy.hold("stuck");
  stuck = bench.get(PUBLIC, "/stuck");
}

/** `state` with another state of the service `app`. */
export const withApp = (more: Partial<ServiceState>): HostState => ({
  ...state,
  services: { ...state.services, app: { ...state.services.app, ...more } as ServiceState },
});

/** Loads app while `work` is done; then not one request may have failed. */
export async function underLoad(work: () => Promise<void>): Promise<Record<string, number>> {
  const load = Load.start(bench.url(PUBLIC), { rate: 200 });
  const [ended] = await Promise.allSettled([work()]);
  const result = await load.stop();
  if (ended.status === "rejected") throw ended.reason as Error;
  expect(result.failures).toEqual([]);
  expect(result.requests).toBeGreaterThan(0);
  return result.servedBy;
}

/** How many of `count` requests each service answered. */
export async function share(count: number, inside = PUBLIC, headers: Record<string, string> = {}) {
  const served: Record<string, number> = {};
  for (let sent = 0; sent < count; sent += 20) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bench.get(inside, "/", headers)),
    );
    for (const { status, body } of answers) {
      const key = status === 200 ? body.trim() : String(status);
      served[key] = (served[key] ?? 0) + 1;
    }
  }
  return served;
}
