/**
 * What the proxy can do in a release, with the real image in front of real services: shares, held
 * requests, maintenance, error pages, cookies and conditions. Where nothing may fail, a load runs.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maintenancePage, withinLimits } from "../../components/fleet/proxy/pages.ts";
import { trafficBetween } from "../../components/fleet/proxy/runtime-api.ts";
import type { Health, HostState, ServiceState, Slot } from "../../components/fleet/types.ts";
import { smokeFaults } from "../../components/fleet/release/proofs/smoke.ts";
import { Load } from "../support/load/index.ts";
import { type Answer, ProxyBench } from "../support/proxy-bench.ts";
import { LONGEST_MESSAGE } from "../../components/releases/maintenance.ts";

const PUBLIC = 60080;
const HTTP_LINK = 9090;
const TCP_LINK = 6379;
const OTHER_TCP_LINK = 6381;
const PAGE = "<h1>Sorry, später</h1>\n";
const HELD_STUCK = 30;

const pace = { interval: 1, timeout: 1, successes: 1 };
const check: Health = { kind: "tcp", ...pace };
const http = (servers: string[], sticky?: string): Slot => ({
  tag: "v",
  servers,
  endpoint: { port: 9090, protocol: "http" },
  health: check,
  ...(sticky === undefined ? {} : { sticky }),
});
/** Of a service that answers 204 if host and token are what it wants, else 400. */
const BLUNT = { ...pace, kind: "http" as const, path: "/picky", status: [204, 205] };
const TOKEN = 'it\'s 100% "a\\b" $HOME #c';
const PICKY: Health = { ...BLUNT, requestHeaders: { host: "shop.example", "x-token": TOKEN } };
const alone = (slot: Slot): ServiceState => ({ active: "a", a: slot, b: null });

let bench: ProxyBench;
/** What the proxy holds; each test leaves it with `app.a` serving. */
let state: HostState;
/** Sent first, answered last: held for as long as the proxy holds anybody. */
let stuck: Promise<Answer>;

beforeAll(async () => {
  bench = await ProxyBench.create([PUBLIC, HTTP_LINK, TCP_LINK, OTHER_TCP_LINK]);
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
});

afterAll(() => bench?.remove());

/** `state` with another state of the service `app`. */
const withApp = (more: Partial<ServiceState>): HostState => ({
  ...state,
  services: { ...state.services, app: { ...state.services.app, ...more } as ServiceState },
});

/** Loads app while `work` is done; then not one request may have failed. */
async function underLoad(work: () => Promise<void>): Promise<Record<string, number>> {
  const load = Load.start(bench.url(PUBLIC), { rate: 200 });
  const [ended] = await Promise.allSettled([work()]);
  const result = await load.stop();
  if (ended.status === "rejected") throw ended.reason as Error;
  expect(result.failures).toEqual([]);
  expect(result.requests).toBeGreaterThan(0);
  return result.servedBy;
}

/** How many of `count` requests each service answered. */
async function share(count: number, inside = PUBLIC, headers: Record<string, string> = {}) {
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

describe("a share of the requests", () => {
  it("goes to the standby slot's servers that are up, on public ports and on links", async () => {
    await underLoad(async () => {
      await bench.proxy.setWeight(withApp({ canary: 20 }), "app");
      for (const [inside, headers] of [
        [PUBLIC, {}],
        [HTTP_LINK, { host: "app" }],
      ] as const) {
        const served = await share(600, inside, headers);
        // 120 expected; a thousandth of all runs would be outside of these bounds.
        expect(served.three).toBeGreaterThan(85);
        expect(served.three).toBeLessThan(158);
        expect(Object.keys(served).sort()).toEqual(["one", "three", "two"]);
      }
      await bench.proxy.setWeight(withApp({ canary: 0 }), "app");
      expect(Object.keys(await share(100)).sort()).toEqual(["one", "two"]);
    });
  });

  it("is counted with its errors and its latency", async () => {
    const before = await bench.proxy.traffic("app", "b");
    await bench.proxy.setWeight(withApp({ canary: 99 }), "app");
    const answers = await Promise.all([
      ...Array.from({ length: 30 }, () => bench.get(PUBLIC, "/slow")),
      ...Array.from({ length: 30 }, () => bench.get(PUBLIC, "/fail")),
    ]);
    await bench.proxy.setWeight(withApp({}), "app");
    const between = trafficBetween(before, await bench.proxy.traffic("app", "b"));
    const three = answers.filter(({ body }) => body === "three\n");
    const failed = three.filter(({ status }) => status === 500);
    expect(three.length).toBeGreaterThan(45);
    expect(between).toMatchObject({ requests: three.length, errors: failed.length });
    // At least what the slow ones slept, at most what the clients waited.
    const slept = ((three.length - failed.length) / three.length) * 100;
    const waited = three.reduce((sum, { took }) => sum + took, 0) / three.length;
    expect(between.averageMs).toBeGreaterThan(slept - 10);
    expect(between.averageMs).toBeLessThan(waited + 10);
  });

  it("ends with the switch, and is nothing to a slot without a server that is up", async () => {
    await underLoad(async () => {
      await bench.proxy.setWeight(withApp({ canary: 50 }), "app");
      await bench.proxy.switchTo(withApp({ active: "b" }), ["app"]);
      expect(Object.keys(await share(100))).toEqual(["three"]);
      await bench.proxy.switchTo(state, ["app"]);
      // Not started: not for a moment is it taken for the server that had its place.
      const name = "longshore-e2e-proxy-cold";
      const cold = withApp({ b: http([name, name]) });
      await bench.proxy.apply(state, cold);
      await bench.proxy.setWeight({ ...cold, services: withCanary(cold, 90) }, "app");
      expect(Object.keys(await share(100)).sort()).toEqual(["one", "two"]);
      await bench.proxy.setWeight(cold, "app");
      await bench.proxy.apply(cold, state);
      await bench.untilFirstUp("app", "b");
    });
  });

  const withCanary = ({ services }: HostState, canary: number) => ({
    ...services,
    app: { ...services.app, canary } as ServiceState,
  });
});

describe("held requests", () => {
  it("wait while the only server restarts, and are all answered", async () => {
    await bench.proxy.switchTo(withApp({ active: "b" }), ["app"]);
    await bench.untilUp("redis", "a");
    const name = "longshore-e2e-proxy-three";
    const served = await underLoad(async () => {
      for (const service of ["app", "redis"]) await bench.proxy.hold(service);
      const waiting = [
        bench.get(PUBLIC, "/"),
        bench.get(HTTP_LINK, "/", { host: "app" }),
        bench.talk(TCP_LINK, "hello\n"),
      ] as const;
      let answered = 0;
      for (const each of waiting) void each.then(() => answered++);
      await bench.host.stop(name, 5);
      // Others are not held: an answer of theirs came while ours wait.
      expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
      expect(answered).toBe(0);
      await bench.host.start(name);
      await bench.untilUp("redis", "a");
      await bench.untilFirstUp("app", "b");
      for (const service of ["app", "redis"]) await bench.proxy.resume(service);
      const [page, link, echo] = await Promise.all(waiting);
      expect([page.status, page.body, link.status, link.body]).toEqual([
        200,
        "three\n",
        200,
        "three\n",
      ]);
      expect(echo).toBe("three hello\n");
    });
    expect(Object.keys(served)).toContain("three");
    await bench.proxy.switchTo(state, ["app"]);
  });
});

describe("a route with a condition", () => {
  const rows: [string, Record<string, string>, string[]][] = [
    ["the cookie", { cookie: "x=1; group=b e's } t\"a#" }, ["three"]],
    ["the header", { "x-group": "-i, beta" }, ["three"]],
    ["another value", { cookie: "group=b", "x-group": "beta" }, ["one", "two"]],
    ["neither", {}, ["one", "two"]],
  ];
  it.each(rows)("is right for a request with %s", async (_what, headers, expected) => {
    expect(Object.keys(await share(40, PUBLIC, headers)).sort()).toEqual(expected);
  });
});

describe("a sticky service", () => {
  it("keeps a client with one copy, and gives it another after a switch", async () => {
    const shop = (cookie?: string) => bench.get(PUBLIC, "/shop", cookie ? { cookie } : {});
    const first = await shop();
    const [set = ""] = first.headers["set-cookie"] ?? [];
    expect(set).toMatch(/^copy=[12]; path=\/; HttpOnly$/);
    const cookie = set.split(";")[0] ?? "";
    const again = await Promise.all(Array.from({ length: 20 }, () => shop(cookie)));
    expect(new Set(again.map(({ body }) => body))).toEqual(new Set([first.body]));
    // The other copy's number leads to the other copy, and one that nobody has to any.
    const other = await shop(cookie === "copy=1" ? "copy=2" : "copy=1");
    expect([other.status, other.body !== first.body]).toEqual([200, true]);
    expect((await shop("copy=99")).status).toBe(200);
    const { shop: before } = state.services;
    const switched = { ...state.services, shop: { ...before, active: "b" } as ServiceState };
    await bench.proxy.switchTo({ ...state, services: switched }, ["shop"]);
    expect(await shop(cookie)).toMatchObject({ status: 200, body: "three\n" });
    await bench.proxy.switchTo(state, ["shop"]);
  });
});

describe("an error page", () => {
  it("is what a visitor gets where the proxy itself must answer", async () => {
    const nobody = await bench.get(PUBLIC, "/nobody");
    expect([nobody.status, nobody.body]).toEqual([503, PAGE]);
    expect(nobody.headers["content-type"]).toBe("text/html; charset=utf-8");
    const odd = await bench.get(PUBLIC, "/odd");
    expect([odd.status, odd.body]).toEqual([502, PAGE]);
    // A service's own errors stay its own, and so do links'.
    expect(await bench.get(PUBLIC, "/fail")).toMatchObject({ status: 500 });
    const link = await bench.get(HTTP_LINK, "/", { host: "nobody" });
    expect([link.status, link.body]).toEqual([
      503,
      "No version of this service is serving here.\n",
    ]);
  });
});

describe("the longest hold", () => {
  it("ends in a 503 with the error page", async () => {
    const answer = await stuck;
    expect([answer.status, answer.body]).toEqual([503, PAGE]);
    expect(answer.took).toBeGreaterThanOrEqual(HELD_STUCK * 1000 - 100);
    expect(answer.took).toBeLessThan(HELD_STUCK * 1000 + 10_000);
    await bench.proxy.resume("stuck");
    expect((await bench.get(PUBLIC, "/stuck")).status).toBe(200);
  });
});

describe("settings of the proxy", () => {
  it("change by a reload that loses nothing", async () => {
    const settings = { ...state.settings, errorPages: { 503: "<p>new</p>\n" } };
    await underLoad(async () => {
      expect(await bench.proxy.apply(state, { ...state, settings })).toBe("reloaded");
      expect((await bench.get(PUBLIC, "/nobody")).body).toBe("<p>new</p>\n");
      expect(await bench.proxy.apply({ ...state, settings }, { ...state, settings })).toBe(
        "unchanged",
      );
      expect(await bench.proxy.apply({ ...state, settings }, state)).toBe("reloaded");
    });
    expect((await bench.get(PUBLIC, "/nobody")).body).toBe(PAGE);
  });

  it("that HAProxy does not take leave everything as it is", async () => {
    const settings = { ...state.settings, routes: [{ path: "/", to: "app", domain: "a b } {" }] };
    await expect(bench.proxy.apply(state, { ...state, settings })).rejects.toThrow(
      /^The proxy refuses its configuration:\n[\s\S]*trial.cfg:\d+\]/,
    );
    expect(await bench.proxy.apply(state, state)).toBe("unchanged");
  });
});

describe("a domain with a wildcard", () => {
  it("takes what is below it, at any depth, and leaves the rest to others", async () => {
    const servedBy = async (host: string) => (await bench.get(PUBLIC, "/", { host })).body.trim();
    for (const host of ["a.wild.example", "A.B.Wild.Example:60080"]) {
      expect(await servedBy(host), host).toBe("three");
    }
    for (const host of ["app.wild.example", "wild.example", "notwild.example", "x"]) {
      expect(["one", "two"], host).toContain(await servedBy(host));
    }
  });
});

describe("a check's own headers and statuses", () => {
  it("reach the service as they are, and decide whether it is up", async () => {
    await bench.untilUp("picky", "a");
    await bench.until(async () => {
      const [blunt] = await bench.proxy.servers("picky", "b");
      return blunt?.check === "L7STS" && blunt.code === 400 ? undefined : blunt;
    }, "the one without headers is answered 400");
  });

  it("are a smoke check's, too", async () => {
    const [server] = state.services.picky?.a?.servers ?? [];
    const faults = (requestHeaders: Record<string, string>) => {
      const smoke = [{ path: "/picky", status: 204, requestHeaders, headers: {} }];
      const { host, proxy } = bench;
      return smokeFaults(host, proxy.container, { name: "picky", smoke }, `${server}:9090`);
    };
    expect(await faults({ host: "shop.example", "x-token": TOKEN })).toEqual([]);
    expect(await faults({})).toEqual(["smoke check `GET /picky` answered 400 instead of 204"]);
  });
});

describe("maintenance", () => {
  const maintenance = {
    message: `Back at <5> & "so"`,
    retryAfter: 120,
    since: "2026-01-01T00:00:00Z",
  };
  const isPage = async () => {
    const answer = await bench.get(PUBLIC, "/shop");
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({
      "retry-after": "120",
      "cache-control": "no-store",
      "content-type": "text/html; charset=utf-8",
    });
    expect(answer.body).toContain("<p>Back at &lt;5&gt; &amp; &quot;so&quot;</p>");
    // Services go on calling each other.
    expect((await bench.get(HTTP_LINK, "/", { host: "app" })).status).toBe(200);
  };

  it("is kept by a switch, a reload and a restart of the proxy, and ends without one", async () => {
    const on = { ...state, maintenance };
    await bench.proxy.setMaintenance(state, on);
    await isPage();
    await bench.proxy.switchTo({ ...withApp({ active: "b" }), maintenance }, ["app"]);
    await bench.proxy.switchTo(on, ["app"]);
    await isPage();
    const settings = { ...on.settings, serverTimeout: 50 };
    expect(await bench.proxy.apply(on, { ...on, settings })).toBe("reloaded");
    await isPage();
    await bench.proxy.hold("app");
    await bench.host.stop(bench.proxy.container, 1);
    await bench.host.start(bench.proxy.container);
    await bench.until(async () => {
      const link = await bench.get(HTTP_LINK, "/", { host: "app" }).catch(String);
      return typeof link !== "string" && link.status === 200 ? undefined : link;
    }, "app is served");
    await isPage(); // and nobody is held any more
    expect(await bench.proxy.held()).toEqual([]);
    await bench.proxy.setMaintenance({ ...on, settings }, { ...state, settings });
    expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
  });

  it("shows the longest message whole, whatever is in it", async () => {
    for (const text of ['"', "😀", "%[date]", "a;b <<"]) {
      const message = [...text.repeat(1000)].slice(0, LONGEST_MESSAGE).join("");
      const on = { ...state, maintenance: { ...maintenance, message } };
      await bench.proxy.setMaintenance(state, on);
      const { status, body } = await bench.get(PUBLIC, "/shop");
      expect(status).toBe(503);
      expect(body).toBe(maintenancePage(on.maintenance));
      await bench.proxy.setMaintenance(on, state);
    }
    expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
  });

  it("of an earlier version, too long to be told, ends when it is switched off", async () => {
    const long = { ...state, maintenance: { ...maintenance, message: "x".repeat(20_000) } };
    await bench.proxy.remember(long); // the files; then the socket refused
    await bench.host.exec(bench.proxy.container, [
      ...["sh", "-c"],
      `echo "add map /etc/longshore/maintenance.map retry-after 60;add map /etc/longshore/maintenance.map page -" | socat - UNIX-CONNECT:/run/longshore/admin.sock`,
    ]);
    expect((await bench.get(PUBLIC, "/shop")).status).toBe(503);
    await bench.proxy.setMaintenance(withinLimits(long), state);
    expect((await bench.get(PUBLIC, "/shop")).status).toBe(200);
    const file = await bench.host.readFile(bench.proxy.container, "/etc/longshore/maintenance.map");
    expect(file).toBe("");
  });
});

describe("300 services on one port", () => {
  it("are told apart, without a warning of the proxy's", async () => {
    const names = Array.from({ length: 300 }, (_, number) => `service-${number}`);
    const one = state.services.app;
    const many: HostState = {
      ...state,
      services: {
        ...state.services,
        ...Object.fromEntries(names.map((name) => [name, one])),
      } as HostState["services"],
    };
    expect(await bench.proxy.apply(state, many)).toBe("reloaded");
    for (const name of ["service-0", "service-64", "service-299", "app"]) {
      await bench.untilUp(name, "a");
      expect((await bench.get(HTTP_LINK, "/", { host: name })).status).toBe(200);
    }
    expect((await bench.get(HTTP_LINK, "/", { host: "service-300" })).status).toBe(503);
    const others = Object.fromEntries(
      names.map((name) => [name, { ...one, active: "b" }]),
    ) as HostState["services"];
    const switched = { ...many, services: { ...many.services, ...others } };
    await bench.proxy.switchTo(switched, names);
    const slots = await bench.proxy.activeSlots();
    expect(names.filter((name) => slots.get(name) !== "b")).toEqual([]);
    expect(await bench.proxy.apply(switched, state)).toBe("reloaded");
  });
});

// Last: once it has echoed, the tiny service is slow to stop.
it("tells services that listen on one TCP port apart by the ports of their links", async () => {
  await Promise.all([bench.untilUp("redis", "a"), bench.untilUp("sessions", "a")]);
  expect(await bench.talk(TCP_LINK, "hello\n")).toBe("three hello\n");
  expect(await bench.talk(OTHER_TCP_LINK, "hello\n")).toBe("one hello\n");
});
