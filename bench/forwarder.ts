/**
 * What the forwarder costs, and what it saves (docs/decisions/0013): requests straight to a proxy and by the forwarder,
 * in turn, with the processor time that they take; then another proxy under load, without a forwarder and with
 * one. `node bootstrap.mjs bench/forwarder.ts`
 */
import { Agent, request } from "node:http";
import { Forwarder } from "../components/fleet/proxy/forwarder.ts";
import { ProxyControl } from "../components/fleet/proxy/control.ts";
import { FORWARDER_COMMAND, PROXY_COMMAND } from "../components/fleet/proxy/programs.ts";
import type { HostState } from "../components/fleet/types.ts";
import { Load } from "../test/support/load/index.ts";
import { median } from "./local/report.ts";
import { ProxyBench } from "../test/support/proxy-bench.ts";
import { freePort } from "../test/support/test-stack.ts";

const PORT = 60080;
const ROUNDS = 5;
const REQUESTS = 4000;
const AT_ONCE = 8;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function stateOf(servers: string[]): HostState {
  const check = { kind: "tcp", interval: 1, timeout: 1, successes: 1 } as const;
  const endpoint = { port: 9090, protocol: "http" } as const;
  return {
    release: 1,
    settings: {
      routes: [{ path: "/", to: "app" }],
      ...{ publicPort: PORT, statusPort: 60404, errorPages: {} },
      ...{ connectTimeout: 2, clientTimeout: 60, serverTimeout: 60, drainTimeout: 5 },
    },
    services: { app: { active: "a", a: { tag: "v", servers, endpoint, health: check }, b: null } },
  };
}

const bench = await ProxyBench.create([PORT], "forwarder");
const state = stateOf([await bench.service("one"), await bench.service("two")]);
const front = await freePort();

/** Nanoseconds of processor time that a container has used. */
async function used(name: string): Promise<number> {
  const stats = await bench.docker.getContainer(name).stats({ stream: false, "one-shot": true });
  return stats.cpu_stats.cpu_usage.total_usage;
}

/** Milliseconds of one request. */
function once(port: number, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/", agent }, (answer) => {
      answer.resume().on("end", () => resolve(performance.now() - began));
    });
    outgoing.on("error", reject).end();
  });
}

/** Median milliseconds of a request, several at once. */
async function measure(port: number, keepAlive: boolean): Promise<number> {
  const agent = new Agent({ keepAlive, maxSockets: AT_ONCE });
  const times: number[] = [];
  const worker = async () => {
    while (times.length < REQUESTS) times.push(await once(port, agent));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  agent.destroy();
  return median(times);
}

/** 300 requests a second, half of them on kept connections, around `work`. */
async function underLoad(what: string, port: number, work: () => Promise<void>): Promise<void> {
  const load = Load.start(`http://127.0.0.1:${port}/`, { rate: 300 });
  await pause(1500);
  await work();
  await pause(2500);
  const { requests, failures, longestGap } = await load.stop();
  console.log(`| ${what} | ${requests} | ${failures.length} | ${longestGap} |`);
}

try {
  const forwarder = await bench.beside("forwarder", FORWARDER_COMMAND, { [PORT]: front });
  state.forwarder = forwarder;
  const [first, direct] = [bench.proxy.container, bench.ports[PORT] ?? 0];
  await bench.proxy.start(state);
  await bench.proxy.takeEntry();
  await new Forwarder(bench.host, forwarder).start();
  await measure(direct, true); // warm
  const rows = new Map<string, { ms: number[]; proxy: number[]; forwarder: number[] }>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const keepAlive of [true, false]) {
      for (const [how, port] of [
        ["straight to the proxy", direct],
        ["by the forwarder", front],
      ] as const) {
        const key = `${how} | ${keepAlive ? "kept" : "new"}`;
        const row = rows.get(key) ?? { ms: [], proxy: [], forwarder: [] };
        rows.set(key, row);
        const before = [await used(first), await used(forwarder)] as const;
        row.ms.push(await measure(port, keepAlive));
        row.proxy.push((await used(first)) - before[0]);
        row.forwarder.push((await used(forwarder)) - before[1]);
      }
    }
  }
  const each = (all: number[]) => (median(all) / REQUESTS / 1000).toFixed(0);
  console.log(`\n${REQUESTS} requests, ${AT_ONCE} at once, ${ROUNDS} rounds in turn, medians\n`);
  console.log("| way | connections | ms a request | µs of proxy | µs of forwarder |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [key, { ms, proxy, forwarder: own }] of rows) {
    console.log(`| ${key} | ${median(ms).toFixed(2)} | ${each(proxy)} | ${each(own)} |`);
  }

  console.log("\n| another proxy | requests | failed | longest gap (ms) |");
  console.log("| --- | --- | --- | --- |");
  let serving = first;
  for (let round = 1; round <= ROUNDS; round++) {
    const next = await bench.beside(`proxy-${round}`, PROXY_COMMAND);
    await underLoad("behind the forwarder", front, async () => {
      const control = new ProxyControl(bench.host, next);
      await control.start(state);
      await control.takeEntry();
      await bench.host.stop(serving, 7);
    });
    serving = next;
  }
  // As before there were forwarders: each has the port itself.
  const port = await freePort();
  const pair = [
    await bench.beside("old-a", PROXY_COMMAND, { [PORT]: port }),
    await bench.beside("old-b", PROXY_COMMAND, { [PORT]: port }),
  ] as const;
  await new ProxyControl(bench.host, pair[0]).start(state);
  for (let round = 0; round < ROUNDS; round++) {
    const [from, to] = round % 2 === 0 ? pair : [pair[1], pair[0]];
    await underLoad("stop the old, start the new", port, async () => {
      await bench.host.stop(from, 3);
      await new ProxyControl(bench.host, to).start(state);
    });
  }
} finally {
  await bench.remove();
}
