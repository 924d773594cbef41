// The workbench on a machine without an engine: up, build, push, run, crash, down, and nothing left.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { MANIFEST } from "../../workbench/parts/base-push.ts";
import {
  authorization,
  credentialsFile,
  registryCredentials,
} from "../../workbench/parts/gateway.ts";
import { answersOk } from "../../workbench/http.ts";
import type { Status, Workbench } from "../../workbench/index.ts";
import { readState } from "../../workbench/state.ts";
import { pull } from "../support/pull.ts";
import {
  folder,
  canStart,
  bench,
  pathsOf,
  cli,
  up,
  refusedUp,
  down,
  traces,
  pools,
  processesOf,
  asNobody,
  build,
  startServer,
  hello,
} from "../support/workbench-bench.ts";
import { guests } from "./workbench/guests.ts";

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

  describe("for somebody else, who finds this engine", () => guests(main, () => workbench));

  test("down leaves nothing: process, mount, bridge, rule, cgroup, folder or open port", async () => {
    await down(main);
    expect(traces(main)).toEqual([]);
    await expect(fetch("http://127.0.0.1:18055/")).rejects.toThrow();
    expect((await cli(main, "status")).stdout).toBe("the workbench is not up");
    // Once more is no error.
    await down(main);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
