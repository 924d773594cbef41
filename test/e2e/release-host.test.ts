/**
 * What a release does on one host, with a real engine and the real proxy image: lock, fence, commands in
 * containers of their own, smoke checks, images.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepImages } from "../../components/fleet/release/image-retention.ts";
import { ProxyControl } from "../../components/fleet/proxy/control.ts";
import { Forwarder } from "../../components/fleet/proxy/forwarder.ts";
import { ADMIN_SOCKET } from "../../components/fleet/proxy/programs.ts";
import { ProxySockets } from "../../components/fleet/proxy/sockets.ts";
import { smokeFaults } from "../../components/fleet/release/proofs/smoke.ts";
import type { HostState, Slot } from "../../components/fleet/types.ts";
import type { HealthCheck, SmokeCheck } from "../../components/services/index.ts";
import { ProxyGuard, RestoreGuard } from "../../components/fleet/state/guards.ts";
import { HeldHost } from "../../components/fleet/state/held-host.ts";
import { Lease } from "../../components/fleet/state/lease.ts";
import {
  type HostLock,
  HostLocked,
  NumberTaken,
  lockHost,
  ownHolder,
} from "../../components/fleet/state/lock.ts";
import { ProxyBench } from "../support/proxy-bench.ts";
import { ROOT } from "../support/test-stack.ts";

const NAME = "longshore-e2e-host";

let bench: ProxyBench;
let state: HostState;

const slot = (server: string): Slot => ({
  ...{ tag: "v", servers: [server], endpoint: { port: 9090, protocol: "http" } },
  health: { kind: "tcp", interval: 1, timeout: 1, successes: 1 },
});

beforeAll(async () => {
  bench = await ProxyBench.create([60080], "host");
  const [one, two] = [await bench.service("one"), await bench.service("two")];
  state = {
    release: 7,
    settings: {
      ...{ routes: [{ path: "/", to: "app" }], publicPort: 60080, statusPort: 60404 },
      ...{ connectTimeout: 2, clientTimeout: 60, serverTimeout: 60, drainTimeout: 5 },
      errorPages: {},
    },
    services: { app: { active: "a", a: slot(one), b: slot(two) } },
  };
  await bench.proxy.start(state);
  await bench.untilUp("app", "b");
});
afterAll(() => bench?.remove());

const lock = (wait = 0) => lockHost(bench.host, bench.proxy.container, ownHolder(), { wait });
const shares = async () => {
  const sockets = new ProxySockets(bench.host, bench.proxy.container);
  return Object.fromEntries(await sockets.readMap("/etc/longshore/canary.map"));
};

/** Another deployer: a process that takes the lock, guards `app`, and stays. */
async function otherDeployer() {
  const source = `
    import { connectHost } from "${ROOT}/components/engine/engine-host.ts";
    import { ProxyGuard } from "${ROOT}/components/fleet/state/guards.ts";
    import { HeldHost } from "${ROOT}/components/fleet/state/held-host.ts";
    import { lockHost, ownHolder } from "${ROOT}/components/fleet/state/lock.ts";
    const [, dockerHost, container] = process.argv;
    const host = connectHost("bench", dockerHost);
    const lock = await lockHost(host, container, ownHolder());
    (await ProxyGuard.open(new HeldHost(host, lock), container)).canary("app");
    console.log("locked");
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "-e", source, bench.dockerHost, bench.proxy.container];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the other deployer ended with ${code}`);
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => {}); // when it is killed
  return child;
}

describe("a host's lock", () => {
  it("is free again when its holder closes it", async () => {
    await (await lock()).close();
    await (await lock()).close();
  });

  it("keeps a second release out, and names the holder", async () => {
    const held = await lock();
    await expect(lock()).rejects.toThrow(HostLocked);
    await expect(lock()).rejects.toThrow(
      `Another release is in progress on host \`bench\`: ${ownHolder().actor}, process ${process.pid}, since 20`,
    );
    await held.close();
  });

  it("is waited for as long as asked", async () => {
    const held = await lock();
    const waiting = lock(20);
    await held.close();
    await (await waiting).close();
  });

  it("is free when its holder is killed, and what it moved goes back", async () => {
    const other = await otherDeployer();
    const moved = {
      ...state,
      services: { app: { ...state.services.app, canary: 30 } },
    } as HostState;
    await bench.proxy.setWeight(moved, "app");
    await bench.proxy.hold("app");
    expect(await shares()).toEqual({ app: "30" });
    other.kill("SIGKILL");
    await once(other, "exit");
    await (await lock(10)).close();
    await expect.poll(shares).toEqual({});
    await expect.poll(() => bench.proxy.held()).toEqual([]);
    const file = await bench.host.readFile(bench.proxy.container, "/etc/longshore/canary.map");
    expect(file).toBe("");
  });
});

describe("held requests", () => {
  it("go on, when their deployer ends, to a replica that has passed new checks", async () => {
    const late = await bench.service("late", { start: false });
    const pace = { interval: 1, timeout: 1, successes: 1 };
    const health: HealthCheck = { kind: "http", path: "/ready", requestHeaders: {}, ...pace };
    const ready: Slot = { ...slot(late), health };
    const now: HostState = {
      ...state,
      services: { app: { active: "b", a: ready, b: slot("longshore-e2e-host-two") } },
    };
    const held = await lock();
    const guard = await ProxyGuard.open(new HeldHost(bench.host, held), bench.proxy.container);
    await bench.proxy.apply(state, now);
    await bench.proxy.switchTo({ ...now, services: { app: { active: "a", a: ready, b: null } } }, [
      "app",
    ]);
    await bench.proxy.hold("app");
    const answer = bench.get(60080, "/ready");
    await bench.host.start(late); // it listens now, and is ready 4 s later
    const sockets = new ProxySockets(bench.host, bench.proxy.container);
    // As if another container had answered at its address a moment ago.
    await sockets.tell(["set server app.a/s1 health up"]);
    await guard.close();
    expect((await answer).status).toBe(200);
    await held.close();
    await bench.host.remove(late);
  });
});

describe("a host's fence", () => {
  const container = `${NAME}-proxy`;
  const heldProxy = (by: HostLock) => new ProxyControl(new HeldHost(bench.host, by), container);

  it("refuses files, commands, reloads and guards once somebody else has had the lock", async () => {
    const first = await lock();
    await first.reserve(9);
    await heldProxy(first).switchTo({ ...state, release: 9 }, ["app"]);
    await first.close(); // and it does not notice, as after a suspension
    await (await lock()).close();
    const refusal = "somebody else has had the lock since then, and has released up to number 9";
    const attempts: ((held: HeldHost, proxy: ProxyControl) => Promise<unknown>)[] = [
      (_, proxy) => proxy.switchTo({ ...state, release: 10 }, ["app"]),
      (_, proxy) => proxy.hold("app"),
      (_, proxy) => proxy.doubt("app", "a", [0]),
      (held) => new Forwarder(held, container).reload(),
      (held) => ProxyGuard.open(held, container),
      (held) => RestoreGuard.open(held, container, [], () => {}),
    ];
    for (const attempt of attempts) {
      const late = new HeldHost(bench.host, { token: first.token, lease: new Lease("bench") });
      await expect(attempt(late, new ProxyControl(late, container))).rejects.toThrow(refusal);
    }
    expect(await bench.proxy.held()).toEqual([]);
    const [server] = await bench.proxy.servers("app", "a");
    expect(server?.status).toMatch(/^UP/);
  });

  it("passes commands on by the guard, which starts nothing by the engine, until the guard ends", async () => {
    const held = await lock();
    const host = new HeldHost(bench.host, held);
    const proxy = new ProxyControl(host, container);
    const guard = await ProxyGuard.open(host, container);
    proxy.sockets.messenger = guard;
    let started = 0;
    const exec = bench.host.exec.bind(bench.host);
    bench.host.exec = (...args) => {
      started++;
      return exec(...args);
    };
    try {
      expect((await proxy.activeSlots()).get("app")).toBe("a");
      const [all, of] = await Promise.all([proxy.servers("app", "a"), proxy.traffic("app", "a")]);
      expect([all.map(({ server }) => server), of.length]).toEqual([["s1"], 1]);
      await proxy.hold("app");
      expect(await proxy.held()).toEqual(["app"]);
      await proxy.resume("app");
      await proxy.remember(state);
      await expect(proxy.sockets.tell(["set server app.z/s1 state ready"])).rejects.toThrow(
        "The proxy refuses a command (set server app.z/s1 state ready): No such",
      );
      expect(await proxy.sockets.change(["sh", "-c", 'echo "$0"; exit 3', "two words\n"])).toEqual({
        ...{ exitCode: 3, stdout: "two words\n", stderr: "" },
      });
      expect(started).toBe(0);
      await guard.close();
      expect((await proxy.activeSlots()).get("app")).toBe("a");
      expect(started).toBe(1);
    } finally {
      bench.host.exec = exec;
      await guard.close();
      await held.close();
    }
  });

  it("lets the next one in while the input of a command is missing, and then refuses the command", async () => {
    const first = await lock();
    const read = (name: string) => readFileSync(join(ROOT, "components/fleet/state", name), "utf8");
    const script = `${read("fence.sh")}${read("as-holder.sh")}`;
    const socat = ["socat", "-", `UNIX-CONNECT:${ADMIN_SOCKET}`];
    const command = ["bash", "-c", script, "as-holder", first.token, ...socat];
    const session = await bench.host.session(
      ...[container, command, "set map /etc/longshore/slots.map app app.b\n"],
    );
    await first.close();
    await (await lock()).close();
    const answer = session.next();
    await session.close();
    expect(await answer).toContain("somebody else has had the lock since then");
    expect((await bench.proxy.activeSlots()).get("app")).toBe("a");
  });

  it("gives a number to one release only", async () => {
    const first = await lock();
    const number = first.lastNumber + 1;
    await first.reserve(number);
    await expect(first.reserve(number)).rejects.toThrow(NumberTaken);
    await first.close();
    const second = await lock();
    expect(second.lastNumber).toBe(number);
    await expect(second.reserve(number)).rejects.toThrow(
      `Host \`bench\` has seen release ${number}, and this one would be number ${number}.`,
    );
    await second.reserve(number + 1);
    await second.close();
  });
});

describe("a command in a container of its own", () => {
  const run = async (command: string[]) => {
    const lines: string[] = [];
    const code = await bench.host.runLike(`${NAME}-one`, command, {
      log: (line) => lines.push(line),
    });
    return { code, lines };
  };

  it("has the service's image, environment and network, and its exit code counts", async () => {
    const script = "echo I am $NAME; curl -s http://longshore-e2e-host-two:9090/ >&2; exit 3";
    const { code, lines } = await run(["sh", "-c", script]);
    expect(code).toBe(3);
    expect(lines[0]).toBe("I am one");
    expect(lines.join("\n")).toContain("two");
  });

  it("says what cannot be run, and leaves no container", async () => {
    const { code, lines } = await run(["/no/such/program"]);
    expect(code).toBe(127);
    expect(lines.join("\n")).toContain("/no/such/program failed: No such file or directory");
    const filters = { label: [`longshore.test=${NAME}`] };
    expect(await bench.docker.listContainers({ all: true, filters })).toHaveLength(3);
  });
});

describe("smoke checks", () => {
  const check = (more: Partial<SmokeCheck>) => {
    const smoke = [{ path: "/", status: 200, requestHeaders: {}, headers: {}, ...more }];
    const address = `${NAME}-one:9090`;
    return smokeFaults(bench.host, bench.proxy.container, { name: "app", smoke }, address);
  };

  it("are made from the proxy's container, at the replica itself", async () => {
    expect(await check({ startsWith: "one" })).toEqual([]);
    expect(await check({ startsWith: "two" })).toEqual([
      'smoke check `GET /` begins with "one" instead of "two"',
    ]);
    expect(await check({ status: 201 })).toEqual([
      "smoke check `GET /` answered 200 instead of 201",
    ]);
  });

  it("say why there is no answer", async () => {
    const smoke = [{ path: "/", status: 200, requestHeaders: {}, headers: {} }];
    const address = `${NAME}-one:9099`;
    const [fault] = await smokeFaults(
      ...([bench.host, bench.proxy.container, { name: "app", smoke }, address] as const),
    );
    expect(fault).toMatch(/^smoke check `GET \/` gave no answer \(curl: \(7\) Failed to connect/);
  });
});

describe("images on a host", () => {
  it("are tagged by release, and untagged again when it is too old", async () => {
    const { images } = bench.host;
    const [found] = (await images.list()).filter(({ tags }) => tags.includes(`${NAME}:latest`));
    expect(found).toBeDefined();
    const tags = async () =>
      (await images.list())
        .flatMap((image) => image.tags)
        .filter((tag) => tag.includes("e2e-host/"));
    await images.tag(`${NAME}:latest`, "longshore/e2e-host/one", "1");
    await images.tag(`${NAME}:latest`, "longshore/e2e-host/one", "2");
    await keepImages(bench.host, "e2e-host", [], 3, [2], () => {});
    expect(await tags()).toEqual(["longshore/e2e-host/one:2"]);
    await keepImages(bench.host, "e2e-host", [], 4, [3], () => {});
    expect(await tags()).toEqual([]);
  });
});
