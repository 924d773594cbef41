/**
 * A service with several ports behind the real proxy: one switch, one health and one drain for all of them. Its main
 * port speaks TCP, and its health is looked at on a named one.
 */
import * as http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closedPorts } from "../../components/fleet/release/proofs/closed-ports.ts";
import { smokeFaults } from "../../components/fleet/release/proofs/smoke.ts";
import { untilQuiet } from "../../components/fleet/proxy/waiting.ts";
import type { HostState, ServiceRequest, Slot } from "../../components/fleet/types.ts";
import { Load } from "../support/load/index.ts";
import { ProxyBench } from "../support/proxy-bench.ts";

const PUBLIC = 60080;
const MAIN = 6380;
const RAW = 6379;
const ADMIN_LINK = 9091;
const CALLS_LINK = 9092;
/** The service ends the connection when it has answered. */
const HELLO = "hello\nbye\n";

let bench: ProxyBench;
let state: HostState;
let one: string, two: string, three: string;

const slot = (...servers: string[]): Slot => ({
  tag: "v",
  servers,
  endpoint: { port: MAIN, protocol: "tcp" },
  ports: {
    admin: { port: 9090, protocol: "http", linkPort: ADMIN_LINK },
    raw: { port: RAW, protocol: "tcp" },
    calls: { port: 9090, protocol: "h2c", linkPort: CALLS_LINK },
  },
  health: {
    kind: "http",
    path: "/",
    requestHeaders: {},
    port: "admin",
    interval: 1,
    timeout: 1,
    successes: 1,
  },
});
const withBox = (more: Partial<HostState["services"][string]>): HostState => ({
  ...state,
  services: { box: { ...state.services.box, ...more } as HostState["services"][string] },
});

beforeAll(async () => {
  bench = await ProxyBench.create([PUBLIC, MAIN, RAW, ADMIN_LINK, CALLS_LINK], "ports");
  [one = "", two = "", three = ""] = await Promise.all(
    ["one", "two", "three"].map((name) => bench.service(name)),
  );
  state = {
    release: 1,
    settings: {
      routes: [{ path: "/", to: "box", port: "admin" }],
      ...{ publicPort: PUBLIC, statusPort: 60404, connectTimeout: 2, clientTimeout: 60 },
      ...{ serverTimeout: 60, drainTimeout: 5, errorPages: {} },
    },
    services: { box: { active: "a", a: slot(one, three), b: slot(two, two) } },
  };
  await bench.proxy.start(state);
  await bench.untilUp("box", "a");
  await bench.untilUp("box", "b");
});

afterAll(() => bench?.remove());

/** Who answers, at each way in: a link to each port, and a route to one. */
async function answering(): Promise<string[]> {
  const answers = await Promise.all([
    bench.get(PUBLIC, "/").then(({ body }) => body),
    bench.get(ADMIN_LINK, "/", { host: "box" }).then(({ body }) => body),
    bench.talk(RAW, HELLO).then((text) => text.replace(" hello", "")),
    bench.talk(MAIN, HELLO).then((text) => text.replace(" hello", "")),
  ]);
  return answers.map((answer) => answer.trim());
}

describe("a service's ports", () => {
  it("switch all at once, and no request fails", async () => {
    const load = Load.start(bench.url(PUBLIC), { rate: 100 });
    const heard: string[] = [];
    const talks = (async () => {
      while (heard.length < 200) heard.push(await bench.talk(RAW, HELLO));
    })();
    const seen: string[][] = [];
    for (const active of ["b", "a", "b"] as const) {
      await bench.proxy.switchTo(withBox({ active }), ["box"]);
      seen.push(await answering());
    }
    await talks;
    const { failures, requests } = await load.stop();
    await bench.proxy.switchTo(state, ["box"]);
    const isNew = seen.map((names) => names.map((name) => name === "two"));
    expect(isNew).toEqual([true, false, true].map((is) => Array<boolean>(4).fill(is)));
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(0);
    expect(heard.filter((text) => !/^(one|two|three) hello\n$/.test(text))).toEqual([]);
  });

  it("switch under the open connections of clients that speak HTTP/2: each call goes where it serves", async () => {
    const client = http2.connect(`http://127.0.0.1:${bench.ports[CALLS_LINK]}`);
    try {
      const before = await call(client);
      await bench.proxy.switchTo(withBox({ active: "b" }), ["box"]);
      const after = await Promise.all(Array.from({ length: 10 }, () => call(client)));
      expect(["one\n", "three\n"]).toContain(before);
      expect(after).toEqual(Array(10).fill("two\n"));
    } finally {
      client.destroy();
      await bench.proxy.switchTo(state, ["box"]);
    }
  });

  it("are up and down together, by the health of the port that is checked", async () => {
    await bench.host.stop(three, 0);
    await bench.until(async () => {
      const [, second] = await bench.proxy.servers("box", "a");
      return second?.status === "DOWN" ? undefined : second;
    }, "three is down");
    const names = await Promise.all(Array.from({ length: 8 }, () => answering()));
    expect(new Set(names.flat())).toEqual(new Set(["one"]));
    await bench.host.start(three);
    await bench.untilUp("box", "a");
    const [first] = await bench.proxy.servers("box", "a");
    expect(first).toMatchObject({ check: "L7OK", code: 200 });
    expect(first?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it("drain together: an open connection to any of them is waited for", async () => {
    expect(await untilQuiet(bench.proxy, "box", "a", Date.now() + 10_000)).toBe(0);
    const opened = [await keptOpen(), await keptOpen()];
    const sessions = (await bench.proxy.servers("box", "a")).map((server) => server.sessions);
    expect(sessions.reduce((sum, count) => sum + count, 0)).toBe(2);
    const busy = sessions.findIndex((count) => count > 0);
    await bench.proxy.setServer("box", "a", busy, "drain");
    const soon = Date.now() + 500;
    expect(await untilQuiet(bench.proxy, "box", "a", soon, busy)).toBe(sessions[busy]);
    const names = await Promise.all(Array.from({ length: 8 }, () => answering()));
    expect(new Set(names.flat())).toEqual(new Set([busy === 0 ? "three" : "one"]));
    for (const socket of opened) socket.write("bye\n");
    expect(await untilQuiet(bench.proxy, "box", "a", Date.now() + 10_000)).toBe(0);
    await bench.proxy.setServer("box", "a", busy, "ready");
    await bench.untilUp("box", "a");
  });

  it("wait together while their service is held", async () => {
    await bench.proxy.hold("box");
    const held = answering();
    const waiting = async () => {
      const stat = await bench.host.exec(
        bench.proxy.container,
        ["socat", "-", "UNIX-CONNECT:/run/longshore/admin.sock"],
        "show sess\n",
      );
      const frontends = stat.stdout.match(/fe=(public|link\.\d+)/g) ?? [];
      return new Set(frontends).size === 4 ? undefined : frontends;
    };
    await bench.until(waiting, "all four wait");
    await bench.proxy.switchTo(withBox({ active: "b" }), ["box"]);
    await bench.proxy.resume("box");
    expect(await held).toEqual(["two", "two", "two", "two"]);
    await bench.proxy.switchTo(state, ["box"]);
  });

  it("follow a new replica by name without a reload, and the share that it gets", async () => {
    const next = withBox({ b: slot(three, three) });
    expect(await bench.proxy.apply(state, next)).toBe("told");
    expect(await bench.proxy.resync(next)).toBe("unchanged");
    await bench.untilUp("box", "b");
    const before = await bench.proxy.traffic("box", "b");
    await bench.proxy.setWeight({ ...next, services: canary(next, 99) }, "box");
    const names = await Promise.all(Array.from({ length: 20 }, () => answering()));
    const shares = [0, 1, 2, 3].map((way) => names.filter((all) => all[way] === "three").length);
    // 20 of 20 at 99 percent, and half of those that the serving slot still has.
    expect(Math.min(...shares)).toBeGreaterThan(14);
    const [admin, calls, ...others] = await bench.proxy.traffic("box", "b");
    expect(calls).toMatchObject({ requests: 10, errors: 0 });
    expect(others).toEqual([]); // TCP has no requests to count
    expect((admin?.requests ?? 0) - (before[0]?.requests ?? 0)).toBeGreaterThan(28);
    await bench.proxy.switchTo(
      { ...next, services: { box: { ...next.services.box!, active: "b" } } },
      ["box"],
    );
    expect(await answering()).toEqual(["three", "three", "three", "three"]);
  });

  it("are no way for a smoke check with a Host header of its own, which asks the replicas", async () => {
    const check = { path: "/", status: 200, requestHeaders: {}, headers: {} };
    const ask = (address: string, host?: string) => {
      const smoke = [{ ...check, ...(host === undefined ? {} : { requestHeaders: { host } }) }];
      return smokeFaults(bench.host, bench.proxy.container, { name: "box", smoke }, address);
    };
    expect(await ask(`127.0.0.1:${ADMIN_LINK}`)).toEqual([]);
    expect(await ask(`127.0.0.1:${ADMIN_LINK}`, "shop.example")).toEqual([
      "smoke check `GET /` answered 503 instead of 200",
    ]);
    expect(await ask(`${one}:9090`, "shop.example")).toEqual([]);
  });

  it("must all take connections before a replica counts as healthy", async () => {
    const { endpoint, health, ports } = slot(one);
    const service = { endpoint, health, ports } as unknown as ServiceRequest;
    expect(await closedPorts(bench.proxy, service, one)).toEqual([]);
    const more = {
      ...service,
      ports: { ...ports, shut: { port: 1234, protocol: "tcp" as const } },
    };
    expect(await closedPorts(bench.proxy, more, one)).toEqual([
      { port: 1234, name: "shut", protocol: "tcp" },
    ]);
  });
});

const canary = ({ services }: HostState, percent: number): HostState["services"] => ({
  box: { ...services.box, canary: percent } as HostState["services"][string],
});

/** What is answered to a call on a connection of HTTP/2. */
function call(client: http2.ClientHttp2Session): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ":path": "/", ":authority": "box" });
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => (text += part));
    stream.on("end", () => resolve(text));
    stream.on("error", reject);
    stream.end();
  });
}

/** A connection that has had an answer and stays open. */
function keptOpen(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: bench.ports[RAW] ?? 0 });
    socket.on("connect", () => socket.write("hello\n"));
    socket.once("data", () => resolve(socket));
    socket.on("error", reject);
  });
}
