/**
 * Two deployers of one stack on a real engine: whoever comes second is refused or waits, whoever lost the
 * host leaves it alone, and what serves goes on serving. Releases run as processes of their own.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setMaintenance } from "../../components/fleet/operations/maintenance.ts";
import type { ReleaseRequest, ServiceRequest } from "../../components/fleet/types.ts";
import { DeployerBench } from "../support/deployers/bench.ts";
import { service } from "../support/release.ts";
import { freePort } from "../support/test-stack.ts";

let bench: DeployerBench;
let proxy: string;

const app = (tag: string, more: Partial<ServiceRequest> = {}) =>
  service("app", tag, { health: TCP, deadline: 15, drain: 2, stopGrace: 2, ...more });
const cache = (tag: string, more: Partial<ServiceRequest> = {}) =>
  service("cache", tag, {
    ...{ health: TCP, deadline: 15, drain: 2, stopGrace: 2, order: "stop-first" },
    endpoint: { port: 6379, protocol: "tcp" },
    ...more,
  });
const TCP = { kind: "tcp", interval: 1, timeout: 1, successes: 1 } as const;

/** What serves in the end, and what the record says of it. */
async function state() {
  const { state: kept, owner } = await bench.record(proxy);
  const servers = Object.entries(kept?.services ?? {}).map(([name, slots]) => [
    name,
    slots[slots.active]?.servers.map((container) => container.slice(bench.name.length + 1)),
  ]);
  return { owner: owner?.id, serves: Object.fromEntries(servers) as Record<string, string[]> };
}

/** A release that runs to its end, successfully. */
async function released(request: ReleaseRequest, env: Record<string, string> = {}) {
  const { code, report, lines } = await bench.deploy(request, env).outcome;
  if (code !== 0 || report === undefined) throw new Error(`(${code})\n${lines.join("\n")}`);
  return report;
}

beforeAll(async () => {
  bench = await DeployerBench.create("deployers");
});
afterAll(() => bench?.remove());

beforeEach(async () => {
  proxy = await bench.proxy("proxy-1");
  const containers = {
    cache: [await bench.copy("cache", "cache-1")],
    app: [await bench.copy("app", "app-1")],
  };
  await released(bench.request(proxy, [cache("v1"), app("v1")], containers, MINE));
  expect(await bench.answer()).toBe("app-1");
});
afterEach(() => bench.clear());

const MINE = { identity: "a".repeat(32), lastRelease: 0 };
const WITH = (lastRelease: number) => ({ ...MINE, lastRelease });

describe("another state of the same name", () => {
  const OTHER = { identity: "b".repeat(32), lastRelease: 0 };

  it("is refused before anything is touched, with the owner's name", async () => {
    const running = await bench.running();
    const containers = { cache: [await bench.copy("cache", "cache-2")], app: ["app-2"] };
    containers.app = [await bench.copy("app", "app-2")];
    const other = await bench.proxy("proxy-2", { port: await freePort() });
    const theirs = bench.request(other, [cache("v2"), app("v2")], containers, OTHER);
    const { code, lines } = await bench.deploy(theirs).outcome;
    expect(code).toBe(4);
    expect(lines.join("\n")).toContain(
      `Host \`local\` serves the stack \`${bench.stack}\` for another state: that of `,
    );
    expect(lines.join("\n")).toContain("LONGSHORE_TAKE_OVER=1");
    expect(await bench.running()).toEqual(running);
    expect(await bench.answer()).toBe("app-1");
    expect((await state()).owner).toBe(MINE.identity);
  });

  it("takes over when told to, and the one that was there is refused then", async () => {
    const containers = {
      cache: [await bench.copy("cache", "cache-2")],
      app: [await bench.copy("app", "app-2")],
    };
    const other = await bench.proxy("proxy-2");
    const theirs = bench.request(other, [cache("v2"), app("v2")], containers, OTHER);
    await released(theirs, { LONGSHORE_TAKE_OVER: "1" });
    expect(await bench.answer()).toBe("app-2");
    expect(await bench.running()).toEqual(["app-2", "cache-2", "forwarder", "proxy-2"]);
    proxy = other;
    expect((await state()).owner).toBe(OTHER.identity);

    const mine = { cache: containers.cache, app: [await bench.copy("app", "app-3")] };
    const again = bench.request(other, [cache("v2"), app("v3")], mine, WITH(1));
    const { code } = await bench.deploy(again).outcome;
    expect(code).toBe(4);
    expect(await bench.answer()).toBe("app-2");
  });
});

describe("two deployers of the same state", () => {
  const slow = { releaseCommand: ["sh", "-c", "echo migrating; sleep 60"] };

  it("with another proxy cannot get past the lock, and what the first one runs goes on", async () => {
    const cache1 = [`${bench.name}-cache-1`];
    const one = { cache: cache1, app: [await bench.copy("app", "app-2")] };
    const a = bench.deploy(bench.request(proxy, [cache("v1"), app("v2", slow)], one, WITH(1)));
    await a.line(/app: \| migrating/);
    const before = await bench.helpers();
    expect(before).toEqual(["command", "lock"]);

    const other = await bench.proxy("proxy-2", { port: await freePort() });
    const two = { cache: cache1, app: [await bench.copy("app", "app-3")] };
    const b = bench.deploy(bench.request(other, [cache("v1"), app("v3")], two, WITH(1)), {
      LONGSHORE_WAIT: "1",
    });
    const { code, lines } = await b.outcome;
    expect(code).toBe(4);
    expect(lines.join("\n")).toMatch(
      /Another release is in progress on host `local`: \S+@\S+, process \d+/,
    );
    await expect.poll(() => bench.helpers()).toEqual(before);
    expect(await bench.running()).toEqual(["app-1", "cache-1", "forwarder", "proxy-1"]);
    expect(await bench.answer()).toBe("app-1");
    a.kill("SIGTERM");
    const ended = await a.outcome;
    expect(ended.code).toBe(130);
    expect(ended.lines.join("\n")).toContain(
      "The release was interrupted and rolled back: the old version serves.",
    );
    await expect.poll(() => bench.helpers()).toEqual([]);
  });

  it("one of which wakes up late leaves the newer release alone, also in a stop-first service", async () => {
    const app1 = [`${bench.name}-app-1`];
    const stuck = [await bench.copy("cache", "cache-2", ["sleep", "1000"])];
    const waiting = cache("v2", { deadline: 120 });
    const a = bench.deploy(
      bench.request(proxy, [waiting, app("v1")], { cache: stuck, app: app1 }, WITH(1)),
    );
    await a.line(/cache v1 → v2: stopping the old first/);
    await expect.poll(() => bench.running(), { timeout: 20_000 }).toContain("cache-2");
    a.suspend();

    // The host brings the old one back by itself, and only then lets the next deployer in.
    const three = { cache: [await bench.copy("cache", "cache-3")], app: app1 };
    const b = bench.request(proxy, [cache("v3"), app("v1")], three, WITH(1));
    const report = await released(b, { LONGSHORE_WAIT: "60" });
    expect(report.services.cache).toMatchObject({ changed: true, tag: "v3" });

    a.resume();
    const { code, lines } = await a.outcome;
    expect(code).toBe(5);
    expect(lines.join("\n")).toContain("The lock of host `local` is lost");
    expect(lines.join("\n")).not.toContain("going back to what served before");
    expect(await bench.running()).toEqual(["app-1", "cache-3", "forwarder", "proxy-1"]);
    expect((await state()).serves.cache).toEqual(["cache-3"]);
  });
});

describe("a deployer that is killed", () => {
  it("leaves a stop-first service to the host, which brings the old copy back", async () => {
    const app1 = [`${bench.name}-app-1`];
    const stuck = [await bench.copy("cache", "cache-2", ["sleep", "1000"])];
    const a = bench.deploy(
      bench.request(
        proxy,
        [cache("v2", { deadline: 120 }), app("v1")],
        { cache: stuck, app: app1 },
        WITH(1),
      ),
    );
    await a.line(/cache v1 → v2: stopping the old first/);
    await expect.poll(() => bench.running(), { timeout: 20_000 }).toContain("cache-2");
    a.kill("SIGKILL");
    await expect
      .poll(() => bench.running(), { timeout: 30_000 })
      .toEqual(["app-1", "cache-1", "forwarder", "proxy-1"]);
    await expect.poll(() => bench.helpers(), { timeout: 30_000 }).toEqual([]);
  });

  it("does not leave its release command to run beside the next one's", async () => {
    const cache1 = [`${bench.name}-cache-1`];
    const command = ["sh", "-c", "echo run $LONGSHORE_RUN_ID; sleep 300"];
    const containers = { cache: cache1, app: [await bench.copy("app", "app-2")] };
    const services = [cache("v1"), app("v2", { releaseCommand: command })];
    const a = bench.deploy(bench.request(proxy, services, containers, WITH(1)));
    const first = await a.line(/app: \| run app-[0-9a-f-]{36}$/);
    a.kill("SIGKILL");
    await a.outcome;
    expect(await bench.helpers()).toContain("command");

    const quick = app("v2", { releaseCommand: ["sh", "-c", "echo run $LONGSHORE_RUN_ID"] });
    const b = bench.deploy(bench.request(proxy, [cache("v1"), quick], containers, WITH(1)), {
      LONGSHORE_WAIT: "2",
    });
    const { code, lines } = await b.outcome;
    expect(code).toBe(0);
    const text = lines.join("\n");
    expect(text).toContain("the release command of an interrupted release still runs on local");
    expect(text).toContain("the release command of an interrupted release is ended");
    const second = lines.find((line) => /app: \| run app-/.test(line));
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    await expect.poll(() => bench.helpers()).toEqual([]);
    expect(await bench.answer()).toBe("app-2");
  });
});

describe("a proxy that changes", () => {
  it("is replaced last: a release that fails before changes nothing", async () => {
    const cache1 = [`${bench.name}-cache-1`];
    const port = await freePort();
    const other = await bench.proxy("proxy-2", { port });
    const containers = { cache: cache1, app: [await bench.copy("app", "app-2")] };
    const failing = app("v2", { releaseCommand: ["sh", "-c", "exit 3"] });
    const request = bench.request(other, [cache("v1"), failing], containers, WITH(1));
    const { code } = await bench.deploy(request).outcome;
    expect(code).toBe(1);
    expect(await bench.answer()).toBe("app-1");
    expect(await bench.answer(port)).toBe("ECONNREFUSED");

    const good = bench.request(other, [cache("v1"), app("v2")], containers, WITH(1));
    await released(good);
    expect(await bench.answer(port)).toBe("app-2");
    expect(await bench.answer()).toBe("ECONNREFUSED");
    expect(await bench.running()).toContain("proxy-2");
  });

  it("comes back when the new one does not start, with the version that served", async () => {
    const cache1 = [`${bench.name}-cache-1`];
    // Its port is taken by somebody else: the engine refuses to start it.
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const { port } = blocker.address() as AddressInfo;
    const other = await bench.proxy("proxy-2", { port });
    const containers = { cache: cache1, app: [await bench.copy("app", "app-2")] };
    const request = bench.request(other, [cache("v1"), app("v2")], containers, WITH(1));
    const { code, lines } = await bench.deploy(request).outcome;
    blocker.close();
    expect(code, lines.join("\n")).toBe(1);
    expect(lines.join("\n")).toContain("was rolled back: the old version serves");
    expect(await bench.answer()).toBe("app-1");
    expect((await state()).serves.app).toEqual(["app-1"]);
  });
});

it("maintenance after an interrupted write is not refused, and does not undo what came meanwhile", async () => {
  const containers = { cache: [`${bench.name}-cache-1`], app: [await bench.copy("app", "app-2")] };
  const stuck = app("v2", { releaseCommand: ["sh", "-c", "echo here; sleep 300"] });
  const a = bench.deploy(bench.request(proxy, [cache("v1"), stuck], containers, WITH(1)));
  await a.line(/app: \| here/);
  a.kill("SIGKILL");
  await a.outcome;
  const owner = { stack: bench.stack, identity: MINE.identity };
  const page = { message: "soon", retryAfter: 10, since: new Date().toISOString() };
  await setMaintenance(bench.host, proxy, page, owner);
  expect(await bench.answer()).toBe("503");
  await setMaintenance(bench.host, proxy, undefined, owner);
  expect(await bench.answer()).toBe("app-1");
});
