/**
 * The command line on a real stack: two releases, back to the first while the registry is away, the
 * second one refused and let through, and what looks into a stack that runs.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { copyImage } from "../../components/images/imagetools.ts";
import * as commandLine from "../support/command-line.ts";
import type { Release, Told } from "../support/command-line.ts";
import { Load } from "../support/load/index.ts";
import { scan, watchProcesses } from "../support/secret-scan.ts";
import { TestStack, commit } from "../support/test-stack.ts";

/** The versions differ in image, environment and secret. */
const version = (greeting: string) =>
  commandLine.program({ repository: "cli-e2e", greeting: `"${greeting}"` });

let stack: TestStack;
let registry: Forwarder;
/** Where the command line leaves its instructions while it works. */
let temp: string;
const first = { token: "" };
const second = { token: "canary-of-the-second-release" };
const outputs: Record<string, string> = {};

beforeAll(async () => {
  stack = await TestStack.create("cli");
  first.token = stack.sessionKey;
  temp = commandLine.tempFolder(stack);
  registry = await Forwarder.to(stack.workbench.registry);
  stack.mayPushTo(registry.address);
  await stack.configure({ registry: registry.address });
  writeFileSync(join(stack.folder, "index.ts"), version("first"));
  await commit(stack.folder, "the first version");
});

afterAll(async () => {
  await registry.close();
  await stack.destroy();
});

describe("two releases", () => {
  it("are made by `up`, with progress on standard error and the result alone on standard output", async () => {
    const one = await longshore(["up", "--yes", "--json"]);
    expect(one.exitCode, one.stderr).toBe(0);
    expect(one.stderr).toContain("releasing\n");
    expect(JSON.parse(one.stdout)).toMatchObject({ release: 1, status: "serves" });

    edit("identidock/dnmonster/src/main.ts", "\n// the second version\n");
    writeFileSync(join(stack.folder, "index.ts"), version("second"));
    await commit(stack.folder, "the second version");
    await stack.setSecret("sessionKey", second.token);
    const watch = watchProcesses();
    const two = await longshore(["up", "--yes"]);
    outputs["processes during up"] = watch.stop();
    expect(two.exitCode, two.stderr).toBe(0);
    expect(two.stdout).toMatch(/^release 2 serves: web [0-9a-f]{12}, proxy [0-9a-f]{12}$/);
    expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
  });

  it("are both in the ledger, and an update without a change adds none", async () => {
    expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
    const found = await releases();
    expect(found.map(({ release, status }) => `${release} ${status}`)).toEqual([
      "1 replaced",
      "2 serves",
    ]);
    expect(found[0]?.services.web).not.toBe(found[1]?.services.web);
    expect(found[0]?.services.proxy).toBe(found[1]?.services.proxy);
  });

  it("need an answer: without a terminal and without --yes nothing is done", async () => {
    const { exitCode, stdout, stderr } = await longshore(["rollback"]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("give `--yes` to go on without asking");
  });
});

describe("a stack that runs", () => {
  it("shows its versions and their health", async () => {
    const { stdout } = await longshore(["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      hosts: [{ host: "local", release: 2, proxy: "running" }],
      replicas: [{ service: "web", replica: 1, state: "running", health: "healthy" }],
    });
  });

  it("shows what its services print", async () => {
    const { stdout } = await longshore(["logs", "web", "-n", "5"]);
    expect(stdout).toMatch(/^local\/web-1 \| .*Server listening/m);
  });

  it("runs commands in a replica, with input, output and exit code", async () => {
    const script = 'process.stdin.pipe(process.stdout).on("unpipe", () => process.exit(7))';
    const ran = await longshore(["exec", "web", "-i", "--", "node", "-e", script], "through");
    expect({ stdout: ran.stdout, exitCode: ran.exitCode }).toEqual({
      stdout: "through",
      exitCode: 7,
    });
  });

  it("has the surroundings that its definition says, also for a command of its own", async () => {
    // Of the init process: Node.js raises its own soft limit of files.
    const script =
      'const { readFileSync: read, statfsSync } = require("fs"); const { bsize, blocks } = statfsSync("/dev/shm");' +
      'const limits = read("/proc/1/limits", "utf8"); console.log(JSON.stringify({' +
      'hosts: /10.1.0.7\\s+ldap.internal/.test(read("/etc/hosts", "utf8")),' +
      "files: /open files +(\\d+) +(\\d+)/.exec(limits).slice(1), core: /core file size +(\\d+)/.exec(limits)[1]," +
      'queue: read("/proc/sys/net/core/somaxconn", "utf8").trim(), shared: (bsize * blocks) / 2 ** 20,' +
      'mounted: read("/sources/app/Dockerfile", "utf8").includes("FROM"), zero: zero(), written: written() }));' +
      'function zero() { const { openSync, readSync } = require("fs"); const bytes = Buffer.from("x");' +
      'readSync(openSync("/dev/nought", "r"), bytes); return bytes[0]; }' +
      'function written() { try { require("fs").writeFileSync("/sources/new", ""); } catch ({ code }) { return code; } }';
    const surroundings = {
      ...{ hosts: true, files: ["2048", "4096"], core: "0", queue: "321", shared: 32 },
      ...{ mounted: true, zero: 0, written: "EROFS" },
    };
    for (const command of ["exec", "run"]) {
      const entry = command === "exec" ? ["node"] : []; // of a command of its own it is the service's
      const { stdout } = await longshore([command, "web", "--", ...entry, "-e", script]);
      expect(JSON.parse(stdout), command).toEqual(surroundings);
    }
    const [replica] = (await stack.containers()).web ?? [];
    const { Config } = await stack.docker.getContainer(replica?.id ?? "").inspect();
    expect(Config.Hostname).toBe("web-of-cli");
    expect(Config.Labels).toMatchObject({ "com.example.team": "shop", "longshore.service": "web" });
  });

  it("runs commands in containers of their own, with environment and secrets, and removes them", async () => {
    const script =
      'const { GREETING, TOKEN_FILE, "spring.profiles.active": profile } = process.env;' +
      'console.log(GREETING, require("fs").readFileSync(TOKEN_FILE).length, profile); process.exit(9)';
    const ran = await longshore(["run", "web", "--", "-e", script]);
    expect({ stdout: ran.stdout, exitCode: ran.exitCode }).toEqual({
      stdout: `second ${second.token.length} prod`,
      exitCode: 9,
    });
    const left = await stack.docker.listContainers({
      all: true,
      filters: { label: [`longshore.run=${stack.label}/web`] },
    });
    expect(left).toEqual([]);
  });
});

describe("a rollback while the registry is away", () => {
  it("brings back image, environment and secret, and leaves no instruction behind", async () => {
    await registry.close();
    const watch = watchProcesses();
    const load = Load.start(`${stack.url}/health`, { rate: 50 });
    const back = await longshore(["rollback", "--yes"]);
    const result = await load.stop();
    outputs["processes during rollback"] = watch.stop();
    expect(back.exitCode, back.stderr).toBe(0);
    expect(result.failures).toEqual([]);
    expect(result.requests).toBeGreaterThan(100);
    expect(back.stderr).toContain("From release 2 back to release 1");
    expect(back.stderr).toContain("Secrets that get the values of then: TOKEN.");
    expect(await serving()).toEqual({ GREETING: "first", TOKEN: first.token });
    const [one, two, three] = await releases();
    expect(three?.services).toEqual(one?.services);
    expect([two?.status, three?.rollbackTo]).toEqual(["rolled back by release 3", 1]);
    expect(readdirSync(temp).filter((name) => name.startsWith("longshore-"))).toEqual([]);
  });

  it("built nothing, and the next update has nothing to build", async () => {
    const { stdout } = await longshore(["preview", "--json"]);
    // web's image, secrets and container; the preflight, the release and its confirmation; no build: the program
    // still says the second version.
    expect(JSON.parse(stdout)).toMatchObject({ changes: { replace: 3, update: 3 } });
  });

  it("has an update to what it left refused, with the old version serving", async () => {
    registry = await registry.reopen();
    const again = await longshore(["up", "--yes"]);
    expect(again.exitCode).toBe(4);
    expect(again.stderr).toMatch(
      /it would bring back what a rollback has left\.\n {2}- service `web` [0-9a-f]{12}, of release 2/,
    );
    expect(await serving()).toEqual({ GREETING: "first", TOKEN: first.token });
  });

  it("is undone with --allow-bad", async () => {
    const again = await longshore(["up", "--yes", "--allow-bad"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
  });
});

describe("another update of the stack", () => {
  const lock = (pid: number) => {
    const folder = ["pulumi", ".pulumi", "locks", "organization", "identidock", "cli"];
    mkdirSync(join(stack.folder, ".longshore", ...folder), { recursive: true });
    const holder = { pid, username: "anna", hostname: hostname(), timestamp: new Date() };
    const file = join(stack.folder, ".longshore", ...folder, `${randomUUID()}.json`);
    writeFileSync(file, JSON.stringify(holder));
    return file;
  };

  it("is named, and stops this one before anything is touched", async () => {
    const file = lock(process.pid);
    const { exitCode, stderr } = await longshore(["up", "--yes"]);
    rmSync(file);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      new RegExp(
        "^error: Another update of `cli` is in progress: anna on \\S+ " +
          `\\(process ${process.pid}\\), since \\S+ \\S+ UTC \\(\\d+ s\\)\\. Nothing was touched\\.`,
      ),
    );
  });

  it("is waited for with --wait, and taken over if its process is dead", async () => {
    const file = lock(process.pid);
    const waiting = longshore(["up", "--yes", "--wait", "300"], undefined, {
      noticed: () => rmSync(file),
    });
    expect(await waiting).toMatchObject({ exitCode: 0 });
    expect((await waiting).stderr).toContain("waiting for another update of the stack: anna on");
    const ended = execa("true");
    await ended;
    lock(ended.pid ?? 0);
    const { exitCode, stderr } = await longshore(["up", "--yes"]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toContain(`(process ${ended.pid})`);
    expect(stderr).toContain("that process no longer runs");
  });
});

describe("a known version", () => {
  it("is deployed with the configuration of now", async () => {
    const done = await longshore(["deploy", "cli", "1", "--yes"], undefined, { named: true });
    expect(done.exitCode, done.stderr).toBe(0);
    const found = await releases();
    expect(found.at(-1)?.services.web).toBe(found[0]?.services.web);
    expect(await serving()).toEqual({ GREETING: "second", TOKEN: second.token });
  });
});

describe("the secrets of all releases", () => {
  it.each([first, second])("are nowhere in plaintext", async (release) => {
    outputs["state"] = stack.readState();
    outputs["Pulumi's own log files"] = stack.readLogs();
    expect(await scan(stack, outputs, release.token)).toEqual([]);
    const planted = Object.fromEntries(
      Object.keys(outputs).map((name) => [name, `… ${release.token} …`]),
    );
    expect(await scan(stack, planted, release.token)).toEqual(Object.keys(planted));
    // A process with the value in its environment would have been seen.
    const watch = watchProcesses();
    await execa("sleep", ["0.5"], { env: { PLANTED: release.token } });
    expect(watch.stop()).toContain(`PLANTED=${release.token}`);
  });
});

describe("replicas that somebody", () => {
  const only = async () => {
    const [replica] = (await stack.containers()).web ?? [];
    if (replica === undefined) throw new Error("no replica of web");
    return stack.docker.getContainer(replica.id);
  };

  it("stopped are started again by an update that changes nothing else", async () => {
    await (await only()).stop();
    expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
    expect(await status()).toBe(200);
  });

  it("removed are created again", async () => {
    await (await only()).remove({ force: true });
    const { exitCode, stderr } = await longshore(["up", "--yes"]);
    expect(stderr).toMatch(/-web-1-\S+ was removed by hand: it is created again/);
    expect(exitCode).toBe(0);
    expect(await status()).toBe(200);
  });
});

describe("a tag that moves", () => {
  it("is shown with what runs of it, and taken anew when it is asked for", async () => {
    const refs = [...new Set((await releases()).map(({ images }) => images.web ?? ""))];
    const [one = "", two = ""] = refs;
    const repository = one.replace(/@.*/, "");
    const image = `${repository}:moving`;
    for (const name of ["DOCKER_CONFIG", "LONGSHORE_BUILDX"]) vi.stubEnv(name, stack.env[name]);
    onTestFinished(() => void vi.unstubAllEnvs());
    const list = async () =>
      JSON.parse((await longshore(["images", "list", "--json"])).stdout) as unknown;

    await copyImage(one, repository, "moving");
    edit(
      "index.ts",
      `import { RegistryImage } from "./components/images/index.ts";
      export const pinned = new RegistryImage("pinned", { image: "${image}" }).ref;\n`,
    );
    expect((await longshore(["up", "--yes"])).exitCode).toBe(0);
    expect(await list()).toEqual({ images: [{ name: "pinned", image, ref: one }] });

    await copyImage(two, repository, "moving");
    const updated = await longshore(["images", "update", "pinned", "--yes"]);
    expect(updated.stderr).toContain(`${image} is ${two} now`);
    expect(updated.exitCode).toBe(0);
    expect(await list()).toEqual({ images: [{ name: "pinned", image, ref: two }] });
    const again = await longshore(["images", "update", "--yes"]);
    expect(again.stdout).toBe(`${image}: nothing new in the registry.`);
    const unknown = await longshore(["images", "update", "pined"]);
    expect({ code: unknown.exitCode, said: unknown.stderr }).toEqual({
      code: 2,
      said: expect.stringContaining("There are: pinned") as string,
    });
  });
});

describe("an update with --target", () => {
  it("is refused by `longshore`, and this is why: it goes past the release", async () => {
    const { urn } = (
      JSON.parse((await stack.pulumi(["stack", "export"], { withConfig: false })).all) as {
        deployment: { resources: { urn: string }[] };
      }
    ).deployment.resources.find((one) => one.urn.endsWith("::shop-local-web-1")) ?? { urn: "" };
    const refused = await longshore(["up", "--yes", "--target", urn]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("goes past the release");
    expect(await status()).toBe(200);

    writeFileSync(join(stack.folder, "index.ts"), version("third"));
    await stack.up({ args: ["--target", urn] });
    expect(await status()).toBe(503);
  });
});

/** What the command line prints is searched for secrets later. */
async function longshore(
  args: string[],
  input = "",
  { named = false, noticed = () => {} }: { named?: boolean; noticed?: () => void } = {},
): Promise<Told> {
  const told = await commandLine.longshore(stack, args, {
    named,
    input,
    noticed: (text) => {
      if (text.includes("waiting for another update")) noticed();
    },
  });
  outputs[`longshore ${args.join(" ")} (${Object.keys(outputs).length})`] =
    told.stdout + told.stderr;
  return told;
}

async function releases(): Promise<Release[]> {
  return JSON.parse((await longshore(["releases", "--json"])).stdout) as Release[];
}

const serving = () => commandLine.serving(stack);
const status = () => commandLine.status(stack);

function edit(file: string, text: string): void {
  expect(readFileSync(join(stack.folder, file), "utf8")).not.toBe("");
  appendFileSync(join(stack.folder, file), text);
}

/** The workbench's registry under an address of its own, which can be taken away. */
class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: string;
  readonly #port: number;

  private constructor(server: Server, target: string, port: number) {
    this.#server = server;
    this.#target = target;
    this.#port = port;
    server.on("connection", (client) => {
      const [host = "", to = ""] = target.split(":");
      const upstream = connect(Number(to), host);
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket.on("error", () => socket.destroy()));
        socket.on("close", () => this.#sockets.delete(socket));
      }
      client.pipe(upstream).pipe(client);
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  static async to(target: string, port = 0): Promise<Forwarder> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new Forwarder(server, target, (server.address() as AddressInfo).port);
  }

  reopen(): Promise<Forwarder> {
    return Forwarder.to(this.#target, this.#port);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
