// The workbench on a real machine: up, build, push, run, crash, down, and nothing left. Everything
// happens in state folders of the tests' own, beside whatever workbench or engine is up already.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { ensureTool } from "../../toolchain/index.ts";
import { MANIFEST } from "../../workbench/parts/base-push.ts";
import { remains } from "../../workbench/cleanup.ts";
import { readDistributions } from "../../workbench/plan/facts.ts";
import {
  authorization,
  credentialsFile,
  registryCredentials,
} from "../../workbench/parts/gateway.ts";
import { answersOk } from "../../workbench/http.ts";
import type { Status, Workbench } from "../../workbench/index.ts";
import { workbenchPaths } from "../../workbench/paths.ts";
import { readState } from "../../workbench/state.ts";
import { pull } from "../support/pull.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(tmpdir(), "longshore-e2e-workbench");
const canStart =
  process.getuid?.() === 0 &&
  readDistributions("/etc/os-release").some((id) => id === "debian" || id === "ubuntu");

/** Nobody listens there: the hub counts as out of reach, also where it is not. */
const NO_HUB = "http://127.0.0.1:1";

interface Bench {
  env: Record<string, string>;
  /** Words before the command, e.g. to run it as another user. */
  as: string[];
}

function bench(name: string, extra: Record<string, string> = {}, as: string[] = []): Bench {
  const state = join(folder, name);
  mkdirSync(state, { recursive: true });
  return { env: { LONGSHORE_STATE: state, LONGSHORE_HUB_URL: NO_HUB, ...extra }, as };
}

const pathsOf = ({ env }: Bench) => workbenchPaths({ ...process.env, ...env });

function cli({ env, as }: Bench, ...args: string[]) {
  const [command, ...rest] = [
    ...as,
    process.execPath,
    join(root, "workbench/commands/workbench.ts"),
    ...args,
  ];
  const without = { DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined };
  return execa(command ?? "", rest, { env: { ...without, ...env }, reject: false });
}

async function up(one: Bench): Promise<Workbench> {
  const result = await cli(one, "up", "--json");
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as Workbench;
}

async function refusedUp(one: Bench): Promise<string> {
  const result = await cli(one, "up");
  expect(result.exitCode).toBe(1);
  // A refusal is a sentence, not a stack trace.
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result.stderr;
}

async function down(one: Bench): Promise<void> {
  const result = await cli(one, "down");
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

/** What a scan of the whole machine finds of one workbench. */
function traces(one: Bench): string[] {
  const paths = pathsOf(one);
  const { processes, mounts, folders } = remains(paths);
  const listing = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(paths.id) || (pool !== "" && line.includes(pool)));
  const pool = pools.get(paths.id) ?? "";
  return [
    ...processes,
    ...mounts,
    ...folders,
    ...listing("ip", "-oneline", "address"),
    ...listing("iptables-save"),
    ...listing("find", "/sys/fs/cgroup", "-type", "d"),
    ...listing("find", "/etc", "/run", "/var/lib", "-newer", join(root, "package.json")),
  ];
}
const pools = new Map<string, string>();

function processesOf(one: Bench): number[] {
  const state = readState(pathsOf(one).stateFile);
  const { engine, registry, builder } = state ?? {};
  const gateway = typeof registry?.gateway === "object" ? registry.gateway : undefined;
  const known = [engine?.process, registry?.process, gateway, builder?.process];
  return known.flatMap((process) => (process === undefined ? [] : [process.pid]));
}

/** Runs a program as a user of this computer who has no part in anything. */
function asNobody(program: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { uid: 65534, gid: 65534 });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Serves "hello" for ever; perl is in every Debian base. */
const SERVER = [
  "perl",
  "-MIO::Socket",
  "-e",
  '$s=IO::Socket::INET->new(LocalPort=>8000,Listen=>9,ReuseAddr=>1) or die; while($c=$s->accept){print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n";close $c}',
];

async function build(workbench: Workbench, dockerfile: string, args: string[] = []) {
  const context = join(folder, "context");
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  const metadata = join(folder, "metadata.json");
  const repository = `${workbench.registry}/hello`;
  const output = ["--output", `type=image,name=${repository}:1,push=true`];
  const buildx = await ensureTool("buildx");
  const result = await execa(
    buildx,
    ["build", "--progress", "plain", "--metadata-file", metadata, ...output, ...args, context],
    { env: workbench.env, all: true },
  );
  const read = JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>;
  return { ref: `${repository}@${read["containerimage.digest"]}`, output: result.all };
}

async function startServer(workbench: Workbench, image: string, port: number): Promise<string> {
  const container = await dockerClient(workbench.dockerHost).createContainer({
    Image: image,
    Cmd: SERVER,
    ExposedPorts: { "8000/tcp": {} },
    HostConfig: {
      RestartPolicy: { Name: "unless-stopped" },
      PortBindings: { "8000/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  await container.start();
  return container.id;
}

/** The page, tried for five seconds. */
async function hello(port: number): Promise<string> {
  for (const deadline = Date.now() + 5_000; ;) {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((next) => setTimeout(next, 50));
    }
  }
}

describe.runIf(canStart)("a machine without an engine", () => {
  const main = bench("main");
  let workbench: Workbench;

  beforeAll(async () => {
    await down(main);
    workbench = await up(main);
    pools.set(pathsOf(main).id, `${readState(pathsOf(main).stateFile)?.engine?.pool}.`);
  });
  afterAll(() => down(main));

  test("up starts engine, registry and builder, and says where they are", async () => {
    expect(workbench.origin).toEqual({
      engine: "started",
      registry: "process",
      builder: "buildkitd",
    });
    const paths = pathsOf(main);
    expect(workbench.dockerHost).toBe(`unix://${paths.engineSocket}`);
    expect(workbench.registry).toMatch(/^127\.0\.0\.1:(?!5000)\d+$/);
    expect(workbench.env).toEqual({
      DOCKER_HOST: workbench.dockerHost,
      DOCKER_CONFIG: paths.dockerConfig,
      BUILDX_CONFIG: paths.buildxConfig,
      BUILDX_BUILDER: workbench.builder,
      BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    });
    const result = await cli(main, "status", "--json");
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ healthy: true, problems: [] });
    // The scan that finds nothing after `down` does find things now.
    expect(traces(main).length).toBeGreaterThan(5);
  });

  test("a second up changes nothing", async () => {
    const before = readFileSync(pathsOf(main).stateFile, "utf8");
    expect(await up(main)).toEqual(workbench);
    expect(readFileSync(pathsOf(main).stateFile, "utf8")).toBe(before);
  });

  describe("its registry", () => {
    const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
      asNobody("curl", [
        ...["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"],
        ...["--request", method],
        ...Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
        `http://${workbench.registry}${path}`,
      ]).stdout;

    test("is read by everybody on this computer, and written by nobody without its credentials", () => {
      expect(ask("GET", "/v2/library/debian/manifests/trixie-slim", { accept: MANIFEST })).toBe(
        "200",
      );
      expect(ask("POST", "/v2/library/debian/blobs/uploads/")).toBe("401");
      expect(ask("PUT", "/v2/library/debian/manifests/trixie-slim")).toBe("401");
      const wrong = `Basic ${Buffer.from("longshore:guess").toString("base64")}`;
      expect(ask("POST", "/v2/library/debian/blobs/uploads/", { authorization: wrong })).toBe(
        "401",
      );
      const paths = pathsOf(main);
      for (const file of [credentialsFile(paths), join(paths.dockerConfig, "config.json")]) {
        expect(asNobody("cat", [file]).status).not.toBe(0);
      }
    });

    test("deletes nothing, also for who has its credentials", () => {
      const own = authorization(registryCredentials(pathsOf(main)));
      const path = "/v2/library/debian/manifests/trixie-slim";
      expect(ask("DELETE", path, { authorization: own })).toBe("405");
    });

    test("answers to no other name, so that no web page gets at it", () => {
      for (const host of ["evil.example", "evil.example:5055", "127.0.0.1.evil.example"]) {
        expect(ask("GET", "/v2/", { host })).toBe("421");
      }
    });

    test("and the builder have no socket that others can use", () => {
      const { runtime } = pathsOf(main);
      for (const socket of ["registry/registry.sock", "otel/buildkit.sock", "buildkit.sock"]) {
        const { status, stderr } = asNobody("curl", [
          ...["--silent", "--show-error", "--unix-socket", join(runtime, socket)],
          "http://localhost/v2/",
        ]);
        expect([socket, status]).not.toEqual([socket, 0]);
        expect(stderr).toMatch(
          /Permission denied|Could not connect|Couldn't connect|Failed to connect/,
        );
      }
    });
  });

  test("it listens on loopback only", () => {
    const pids = processesOf(main);
    expect(pids).toHaveLength(4);
    const lines = execFileSync("ss", ["-Hltnp"], { encoding: "utf8" }).split("\n");
    const listening = lines.filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)));
    expect(listening.map((line) => line.split(/\s+/)[3])).toEqual([workbench.registry]);
  });

  test("an image FROM debian:trixie-slim is built, pushed, and run by digest", async () => {
    const { ref } = await build(workbench, "FROM debian:trixie-slim\nRUN echo built > /built\n");
    await pull(dockerClient(workbench.dockerHost), ref);
    await startServer(workbench, ref, 18_055);
    expect(await hello(18_055)).toBe("hello\n");
  });

  test("the base is what its name says: Debian 13, slim, with its security updates", async () => {
    const docker = dockerClient(workbench.dockerHost);
    await pull(dockerClient(workbench.dockerHost), "debian:trixie-slim");
    const chunks: Buffer[] = [];
    const { Writable } = await import("node:stream");
    const sink = new Writable({
      write(chunk: Buffer, _encoding, next) {
        chunks.push(chunk);
        next();
      },
    });
    const script = [
      ". /etc/os-release; echo $ID $VERSION_CODENAME",
      "find /usr/share/man /usr/share/locale -type f 2>/dev/null | grep -v locale.alias | wc -l",
      "grep -c trixie-security /etc/apt/sources.list",
      "find /var/cache/apt /var/lib/apt/lists -type f | wc -l",
      "cat /etc/hostname /etc/machine-id 2>/dev/null | grep -c '[0-9a-f]\\{32\\}'",
    ].join("; ");
    await docker.run("debian:trixie-slim", ["sh", "-c", script], sink, {
      HostConfig: { AutoRemove: true },
    });
    expect(Buffer.concat(chunks).toString().split(/\r?\n/).slice(0, 5)).toEqual([
      "debian trixie",
      "0",
      "1",
      "0",
      "0",
    ]);
  });

  test("a build reaches the network, with the CA bundle as a secret that stays out of the image", async () => {
    const registry = (await execa("npm", ["config", "get", "registry"])).stdout.trim();
    const ca = workbench.caFile ?? "/etc/ssl/certs/ca-certificates.crt";
    const { ref, output } = await build(
      workbench,
      [
        "FROM debian:trixie-slim",
        "RUN apt-get update && apt-get install -y --no-install-recommends nodejs",
        "ARG REGISTRY NONCE",
        "RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca \\",
        "  node -e 'fetch(process.env.REGISTRY).then((r) => console.log(\"status\", r.status))'",
      ].join("\n"),
      [
        ...["--secret", `id=ca,src=${ca}`, "--build-arg", `REGISTRY=${registry}`],
        // An answer from the cache would prove nothing.
        ...["--build-arg", `NONCE=${Date.now()}`],
      ],
    );
    expect(output).toMatch(/status 200/);
    await pull(dockerClient(workbench.dockerHost), ref);
    const docker = dockerClient(workbench.dockerHost);
    const container = await docker.createContainer({ Image: ref });
    await expect(container.getArchive({ path: "/run/secrets/ca" })).rejects.toThrow(
      /404|no such|find/i,
    );
    await container.remove();
  });

  test("after kill -9 of everything, up brings it back with its containers and images", async () => {
    const docker = dockerClient(workbench.dockerHost);
    const before = (await docker.listContainers()).map(({ Id }) => Id);
    expect(before).toHaveLength(1);
    for (const pid of processesOf(main)) process.kill(pid, "SIGKILL");

    const unwell = await cli(main, "status", "--json");
    expect(unwell.exitCode).toBe(3);
    expect((JSON.parse(unwell.stdout) as Status).problems).toContain(
      `the registry at ${workbench.registry} does not answer`,
    );
    expect(await up(main)).toEqual(workbench);
    expect((await docker.listContainers()).map(({ Id }) => Id)).toEqual(before);
    expect(await hello(18_055)).toBe("hello\n");
    const tags = await fetch(`http://${workbench.registry}/v2/hello/tags/list`);
    expect(await tags.json()).toEqual({ name: "hello", tags: ["1"] });
  });

  test("a registry that went down comes back at the same port", async () => {
    const pid = readState(pathsOf(main).stateFile)?.registry?.process?.pid;
    process.kill(pid ?? 0, "SIGKILL");
    expect((await up(main)).registry).toBe(workbench.registry);
  });

  test("its port in somebody else's hands is said, not silently moved", async () => {
    const state = readState(pathsOf(main).stateFile);
    const gateway = state?.registry?.gateway;
    process.kill(typeof gateway === "object" ? gateway.pid : 0, "SIGKILL");
    const port = state?.registry?.port ?? 0;
    const squatter = createTcpServer((socket) => socket.destroy());
    await expect.poll(() => answersOk(`tcp://${workbench.registry}`, "/v2/")).toBe(false);
    await new Promise<void>((done, failed) => {
      squatter.once("error", failed).listen(port, "127.0.0.1", done);
    });
    try {
      expect(await refusedUp(main)).toContain(
        `Port ${port}, this workbench's registry, is now used by another program`,
      );
    } finally {
      await new Promise((done) => squatter.close(done));
    }
    expect(await up(main)).toEqual(workbench);
  });

  describe("for somebody else, who finds this engine", () => {
    const guest = bench("guest", { DOCKER_HOST: `unix://${pathsOf(main).engineSocket}` });
    const contents = async () => {
      const docker = dockerClient(workbench.dockerHost);
      const [containers, networks, volumes, images] = await Promise.all([
        docker.listContainers({ all: true }),
        docker.listNetworks(),
        docker.listVolumes(),
        docker.listImages(),
      ]);
      return {
        containers: containers.map(({ Id, State }) => `${Id} ${State}`).sort(),
        networks: networks.map(({ Id }) => Id).sort(),
        volumes: volumes.Volumes.map(({ Name }) => Name).sort(),
        images: images.flatMap(({ RepoTags }) => RepoTags ?? []).sort(),
      };
    };
    afterAll(() => down(guest));

    test("the engine is used, and left alone by up and down", async () => {
      await down(guest);
      const before = await contents();
      const found = await up(guest);
      expect(found.origin).toEqual({ engine: "found", registry: "process", builder: "buildkitd" });
      expect(found.dockerHost).toBe(workbench.dockerHost);
      expect(found.registry).not.toBe(workbench.registry);
      const { ref } = await build(found, "FROM debian:trixie-slim\nRUN echo guest > /guest\n");
      await pull(dockerClient(found.dockerHost), ref);
      await dockerClient(found.dockerHost).getImage(ref).remove();
      await down(guest);
      expect(await contents()).toEqual(before);
      expect(traces(guest)).toEqual([]);
      expect(await hello(18_055)).toBe("hello\n");
    });

    test("a user without root has the registry in a container, and leaves no trace either", async () => {
      const [gid, uid] = [
        lookup("getent", "group", "docker"),
        lookup("getent", "passwd", "nobody"),
      ];
      const as = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
      // Stands in for a hub in reach: the engine's images come from that registry.
      const extra = {
        ...guest.env,
        LONGSHORE_HUB_URL: `http://${workbench.registry}`,
        HOME: folder,
      };
      const user = bench("user", extra, as);
      user.env.LONGSHORE_STATE = join(folder, "user");
      chownSync(user.env.LONGSHORE_STATE, Number(uid), Number(gid));
      await down(user);
      const before = await contents();
      const found = await up(user);
      expect(found.origin).toEqual({
        engine: "found",
        registry: "container",
        builder: "docker-container",
      });
      expect((await fetch(`http://${found.registry}/v2/`)).status).toBe(200);
      // A copy: what root writes there the user could not remove.
      const copy = join(folder, "buildx");
      cpSync(found.env.BUILDX_CONFIG ?? "", copy, { recursive: true });
      const env = { ...found.env, BUILDX_CONFIG: copy };
      const inspected = await execa(await ensureTool("buildx"), ["inspect", found.builder], {
        env,
      });
      expect(inspected.stdout).toMatch(/Driver:\s+docker-container/);
      expect(inspected.stdout).toMatch(/network="host"/);
      await down(user);
      expect(await contents()).toEqual(before);
      expect(existsSync(pathsOf(user).state)).toBe(false);
    });
  });

  test("down leaves nothing: process, mount, bridge, rule, cgroup, folder or open port", async () => {
    await down(main);
    expect(traces(main)).toEqual([]);
    await expect(fetch("http://127.0.0.1:18055/")).rejects.toThrow();
    expect((await cli(main, "status")).stdout).toBe("the workbench is not up");
    // Once more is no error.
    await down(main);
  });
});

describe.runIf(canStart)("half-finished and concurrent runs", () => {
  const half = bench("half");
  beforeAll(() => down(half));
  afterAll(() => down(half));

  test("an up that is killed half-way is completed by the next", async () => {
    const first = cli(half, "up");
    await new Promise<void>((seen) => {
      first.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("starting the Docker engine")) seen();
      });
    });
    first.kill("SIGKILL");
    await first;
    const workbench = await up(half);
    pools.set(pathsOf(half).id, `${readState(pathsOf(half).stateFile)?.engine?.pool}.`);
    expect(await dockerClient(workbench.dockerHost).ping()).toBeTruthy();
    const dockerds = remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd "));
    expect(dockerds).toHaveLength(1);
  });

  test("down finds everything after a crash that also lost the state", async () => {
    const workbench = readState(pathsOf(half).stateFile)?.ready;
    if (workbench === undefined) throw new Error("not up");
    await pull(dockerClient(workbench.dockerHost), "debian:trixie-slim");
    await startServer(workbench, "debian:trixie-slim", 18_056);
    expect(await hello(18_056)).toBe("hello\n");
    for (const pid of processesOf(half)) process.kill(pid, "SIGKILL");
    rmSync(pathsOf(half).stateFile);
    await down(half);
    expect(traces(half)).toEqual([]);
    await expect(fetch("http://127.0.0.1:18056/")).rejects.toThrow();
  });

  test("a state folder deleted under a running workbench: up starts afresh", async () => {
    await up(half);
    // Only the engine's mount point withstands.
    await execa("rm", ["-rf", pathsOf(half).state], { reject: false });
    expect(existsSync(pathsOf(half).stateFile)).toBe(false);
    const workbench = await up(half);
    pools.set(pathsOf(half).id, `${readState(pathsOf(half).stateFile)?.engine?.pool}.`);
    await pull(dockerClient(workbench.dockerHost), "debian:trixie-slim");
    const dockerds = remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd "));
    expect(dockerds).toHaveLength(1);
    await down(half);
    expect(traces(half)).toEqual([]);
  });

  test("two at once: the second waits, both get the same workbench", async () => {
    const [one, other] = await Promise.all([cli(half, "up", "--json"), cli(half, "up", "--json")]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(one.stdout)).toEqual(JSON.parse(other.stdout));
    expect(one.stderr + other.stderr).toContain("another run is in progress on this workbench");
    expect(
      remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd ")),
    ).toHaveLength(1);
    await down(half);
    expect(traces(half)).toEqual([]);
  });
});

describe.runIf(canStart)("an engine that has the machine's network to itself", () => {
  test("puts the firewall back exactly as it was", async () => {
    const alone = bench("alone");
    await down(alone);
    // A network namespace is a machine without any other engine.
    const script = [
      "ip link set lo up",
      "iptables -A INPUT -s 198.51.100.7 -j DROP",
      "rules() { iptables-save | sed '/^#/d; s/ \\[[0-9:]*\\]$//'; }",
      "before=$(rules)",
      '"$NODE" workbench/commands/workbench.ts up --json >"$LONGSHORE_STATE/up.json"',
      'echo "during: $(iptables -S | grep -c DOCKER)"',
      '"$NODE" workbench/commands/workbench.ts down',
      '[ "$before" = "$(rules | awk \'/^\\*/ { table = $0; kept = 0 } { print }\')" ] && echo same',
      "rules",
    ].join("\n");
    const result = await execa("unshare", ["--net", "sh", "-ec", script], {
      cwd: root,
      env: { ...alone.env, NODE: process.execPath, DOCKER_HOST: undefined },
      reject: false,
      all: true,
    });
    expect(result.exitCode, result.all).toBe(0);
    expect(result.stdout).toMatch(/^during: [1-9]/m);
    expect(result.stdout).toContain("198.51.100.7");
    expect(result.stdout).not.toMatch(/DOCKER|LONGSHORE|lsbr|MASQUERADE/);
    expect(result.stdout).toContain(":FORWARD ACCEPT");
    rmSync(join(alone.env.LONGSHORE_STATE ?? "", "up.json"));
    expect(traces(alone)).toEqual([]);
  });
});

describe.runIf(canStart)("what goes wrong is said", () => {
  test("an engine that cannot be started: its last words and the fix", async () => {
    // A dockerd that gives up: what it is given is always valid, so it is the program that is broken.
    const programs = join(folder, "programs");
    mkdirSync(programs, { recursive: true });
    const words = "failed to start daemon: no such luck";
    writeFileSync(join(programs, "dockerd"), `#!/bin/sh\necho "${words}" >&2\nexit 1\n`, {
      mode: 0o755,
    });
    const broken = bench("broken", { PATH: `${programs}:${process.env.PATH}` });
    await down(broken);
    const text = await refusedUp(broken);
    expect(text).toContain("The Docker engine cannot be started: dockerd ended at once.");
    expect(text).toMatch(/Last lines of \S+dockerd\.log:\n[^]*no such luck/);
    expect(text).toContain("run the command again");
    await down(broken);
    expect(traces(broken)).toEqual([]);
  });

  test("a disk that is nearly full, before anything is started", async () => {
    const full = bench("full");
    execFileSync("mount", [
      "-t",
      "tmpfs",
      "-o",
      "size=64m",
      "tmpfs",
      full.env.LONGSHORE_STATE ?? "",
    ]);
    try {
      const text = await refusedUp(full);
      expect(text).toContain(
        `The disk is nearly full: about 3 GB are needed in ${pathsOf(full).state} (engine and registry), 0.1 GB are free. ` +
          "Free some space, or set LONGSHORE_STATE and LONGSHORE_CACHE to another disk.",
      );
      expect(remains(pathsOf(full)).processes).toEqual([]);
    } finally {
      execFileSync("umount", [full.env.LONGSHORE_STATE ?? ""]);
    }
  });

  describe("an engine that is none", () => {
    const socket = join(folder, "podman.sock");
    const guest = bench("podman", { DOCKER_HOST: `unix://${socket}` });
    let podman: Server;
    beforeAll(async () => {
      rmSync(socket, { force: true });
      podman = createServer((_request, reply) => {
        reply.end(JSON.stringify({ Version: "5.4.0", Components: [{ Name: "Podman Engine" }] }));
      });
      await new Promise<void>((done) => podman.listen(socket, done));
    });
    afterAll(() => podman.close());

    test("Podman is refused, and nothing started in its place", async () => {
      expect(await refusedUp(guest)).toContain(`unix://${socket} (DOCKER_HOST) is Podman`);
      expect(existsSync(pathsOf(guest).runtime)).toBe(false);
    });

    test("a DOCKER_HOST that does not answer is not replaced", async () => {
      const dead = bench("dead", { DOCKER_HOST: `unix://${folder}/nobody.sock` });
      expect(await refusedUp(dead)).toContain("named by DOCKER_HOST (ENOENT)");
      expect(existsSync(pathsOf(dead).runtime)).toBe(false);
    });
  });

  test("an unknown command and --help", async () => {
    const help = await cli(bench("help"), "--help");
    expect(help.stdout).toMatch(/\n +up .*\n +status .*\n +down /s);
    expect(help.stdout).not.toContain("privileged");
    expect((await cli(bench("help"), "sideways")).exitCode).toBe(1);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The third field of a line of passwd or group. */
function lookup(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8" }).split(":")[2] ?? "";
}
