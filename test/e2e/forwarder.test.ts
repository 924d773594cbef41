/**
 * The forwarder with real proxies behind it: whom it leads to, restarts in any order, and ports that come and go.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ProxyControl } from "../../components/fleet/proxy/control.ts";
import { Forwarder } from "../../components/fleet/proxy/forwarder.ts";
import { FORWARDER_COMMAND, PROXY_COMMAND } from "../../components/fleet/proxy/programs.ts";
import type { HostState, Slot } from "../../components/fleet/types.ts";
import { Load } from "../support/load/index.ts";
import { ProxyBench } from "../support/proxy-bench.ts";
import { freePort } from "../support/test-stack.ts";

const PUBLIC = 60080;
const LINK = 9090;
const EXTRA = 6379;

const check = { kind: "tcp", interval: 1, timeout: 1, successes: 1 } as const;
const alone = (server: string, port: number, protocol: "http" | "tcp") => {
  const slot: Slot = { tag: "v", servers: [server], endpoint: { port, protocol }, health: check };
  return { active: "a" as const, a: slot, b: null };
};

let bench: ProxyBench;
let forwarder: Forwarder;
let other: ProxyControl;
let state: HostState;
/** On this machine, by port in the forwarder's container. */
const ports: Record<number, number> = {};

beforeAll(async () => {
  bench = await ProxyBench.create([PUBLIC], "forwarder");
  state = {
    release: 1,
    settings: {
      routes: [{ path: "/", to: "app" }],
      ...{ publicPort: PUBLIC, statusPort: 60404, errorPages: {} },
      ...{ connectTimeout: 2, clientTimeout: 60, serverTimeout: 60, drainTimeout: 5 },
    },
    services: { app: alone(await bench.service("one"), LINK, "http") },
  };
  for (const port of [PUBLIC, LINK, EXTRA]) ports[port] = await freePort();
  const container = await bench.beside("forwarder", FORWARDER_COMMAND, ports);
  forwarder = new Forwarder(bench.host, container);
  state.forwarder = container;
  other = new ProxyControl(bench.host, await bench.beside("other", PROXY_COMMAND));
  await bench.proxy.start(state);
  await bench.proxy.takeEntry();
  await forwarder.start();
});
afterAll(() => bench?.remove());

const url = (port = PUBLIC, path = "/") => `http://127.0.0.1:${ports[port]}${path}`;

/** One request on a connection of its own: status and body, or why there is none. */
const get = (address: string, headers: Record<string, string> = {}) =>
  bench.getUrl(address, headers).then(
    ({ status, body }) => `${status} ${body.trim()}`,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

it("leads to the proxy, at its public port and at links, and tells it the visitor's address", async () => {
  expect(await get(url())).toBe("200 one");
  expect(await get(url(LINK), { host: "app" })).toBe("200 one");
  const straight = await get(bench.url(PUBLIC, "/client"));
  expect(straight).toMatch(/^200 \d+\.\d+\.\d+\.\d+$/);
  expect(await get(url(PUBLIC, "/client"))).toBe(straight);
});

it("lets no request be lost when another proxy takes over, and the first one again", async () => {
  const load = Load.start(url(), { rate: 100 });
  await other.start(state);
  await other.takeEntry();
  await bench.host.stop(bench.proxy.container, 7);
  await bench.proxy.start(state);
  await bench.proxy.takeEntry();
  await bench.host.stop(other.container, 7);
  await bench.proxy.clearEntries();
  const { requests, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(100);
});

it("finds the proxy again whichever of them starts first", async () => {
  const pair = [forwarder.container, bench.proxy.container];
  for (const order of [pair, [...pair].reverse()]) {
    await Promise.all(pair.map((name) => bench.host.stop(name, 0)));
    expect(await get(url())).toBe("ECONNREFUSED");
    for (const name of order) await bench.host.start(name);
    await bench.until(
      async () => {
        const answer = await get(url());
        return answer === "200 one" ? undefined : answer;
      },
      `served, started in the order ${order.join(", ")}`,
    );
  }
});

it("opens a port with a service and closes it with it, and connections stay", async () => {
  const load = Load.start(url(), { rate: 100 });
  const extra = { ...state, services: { ...state.services } };
  extra.services.echo = alone(`longshore-e2e-forwarder-one`, EXTRA, "tcp");
  const follow = async (from: HostState, to: HostState) => {
    expect(await bench.proxy.apply(from, to)).toBe("reloaded");
    expect(await forwarder.follows(to)).toBe(false);
    await forwarder.reload();
    expect(await forwarder.follows(to)).toBe(true);
  };
  const echo = () => bench.talkTo(ports[EXTRA] ?? 0, "hello\n");
  await follow(state, extra);
  await bench.until(
    async () => ((await echo()) === "one hello\n" ? undefined : "no echo"),
    "the new port is served",
  );
  await follow(extra, state);
  await bench.until(
    async () => ((await echo().catch(() => "refused")) === "one hello\n" ? "an echo" : undefined),
    "the port is closed",
  );
  expect((await load.stop()).failures).toEqual([]);
  const sockets = ["sh", "-c", 'ls "/etc/longshore/entry/$HOSTNAME"'];
  const { stdout } = await bench.host.exec(bench.proxy.container, sockets);
  expect(stdout.split("\n").filter(Boolean).sort()).toEqual(["60080", "60404", "9090"]);
});
