import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuseRemote, resolveEndpoint } from "../../../workbench/plan/endpoint.ts";
import { parseDistributions, parseVersion } from "../../../workbench/plan/facts.ts";
import { get, hubReachable } from "../../../workbench/http.ts";
import { caBundle, workbenchPaths } from "../../../workbench/paths.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-unit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function dockerContext(name: string, host: string): void {
  const hash = createHash("sha256").update(name).digest("hex");
  const meta = join(folder, "contexts", "meta", hash);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ currentContext: name }));
  writeFileSync(join(meta, "meta.json"), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
}

describe("which engine is meant", () => {
  const own = "/run/longshore-1/docker.sock";

  test("DOCKER_HOST before everything else", () => {
    dockerContext("colima", "unix:///colima.sock");
    const env = { DOCKER_HOST: "unix:///mine.sock", DOCKER_CONFIG: folder };
    expect(resolveEndpoint(env, own)).toEqual({
      host: "unix:///mine.sock",
      source: "DOCKER_HOST",
      explicit: true,
    });
  });

  test("the workbench's own address is not a choice of another engine", () => {
    const env = { DOCKER_HOST: `unix://${own}`, DOCKER_CONFIG: folder };
    expect(resolveEndpoint(env, own)).toEqual({
      host: "unix:///var/run/docker.sock",
      source: "the default socket",
      explicit: false,
    });
  });

  test("the docker context", () => {
    dockerContext("colima", "unix:///colima.sock");
    expect(resolveEndpoint({ DOCKER_CONFIG: folder }, own)).toEqual({
      host: "unix:///colima.sock",
      source: "the docker context",
      explicit: true,
    });
  });

  test.each([
    ["unix:///var/run/docker.sock", true],
    ["tcp://127.0.0.1:2375", true],
    ["tcp://localhost:2375", true],
    ["tcp://192.0.2.7:2375", false],
    ["ssh://root@example.org", false],
    ["nonsense", false],
  ])("%s on this computer: %s", (host, local) => {
    const refusal = refuseRemote({ host, source: "DOCKER_HOST", explicit: true });
    if (local) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(`DOCKER_HOST names ${host}, which is not an engine on this`);
  });
});

describe("what the machine says of itself", () => {
  test("distribution and what it is like", () => {
    const text = 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\nID_LIKE="debian other"\n';
    expect(parseDistributions(text)).toEqual(["ubuntu", "debian", "other"]);
  });

  test("Docker and Podman by their components", () => {
    const docker = { Version: "20.10.24", Components: [{ Name: "Engine" }, { Name: "runc" }] };
    const podman = { Version: "5.4.0", Components: [{ Name: "Podman Engine" }] };
    expect(parseVersion(JSON.stringify(docker))).toEqual({ version: "20.10.24", podman: false });
    expect(parseVersion(JSON.stringify(podman))).toEqual({ version: "5.4.0", podman: true });
    expect(parseVersion("<html>")).toBeUndefined();
    expect(parseVersion("{}")).toBeUndefined();
  });
});

describe("folders", () => {
  test("one clone has one id, whichever way its path is written", () => {
    const one = workbenchPaths({ LONGSHORE_STATE: folder, HOME: "/home/u" });
    const same = workbenchPaths({ LONGSHORE_STATE: `${folder}/../${folder.split("/").pop()}` });
    const other = workbenchPaths({ LONGSHORE_STATE: `${folder}-2`, HOME: "/home/u" });
    expect(one.id).toMatch(/^[0-9a-f]{8}$/);
    expect(same.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
    expect(one.runtime).toBe(`/run/longshore-${one.id}`);
    expect(one.state).toBe(join(folder, "workbench"));
    expect(one.cache).toBe("/home/u/.cache/longshore/workbench");
  });

  test("a socket's path stays far below the system's limit of 107 bytes", () => {
    const deep = workbenchPaths({ LONGSHORE_STATE: join(folder, "x".repeat(200)) });
    expect(deep.engineSocket.length).toBeLessThan(60);
  });

  test("the cache can be moved", () => {
    expect(workbenchPaths({ XDG_CACHE_HOME: "/x" }).cache).toBe("/x/longshore/workbench");
    expect(workbenchPaths({ XDG_CACHE_HOME: "/x", LONGSHORE_CACHE: "/y" }).cache).toBe(
      "/y/workbench",
    );
  });

  test("the CA bundle is the first that exists", () => {
    const file = join(folder, "ca.crt");
    writeFileSync(file, "");
    expect(caBundle({ SSL_CERT_FILE: "/nowhere", NODE_EXTRA_CA_CERTS: file })).toBe(file);
    expect(caBundle({ SSL_CERT_FILE: "/nowhere" })).toBeUndefined();
    expect(caBundle({})).toBeUndefined();
  });
});

describe("asking over HTTP", () => {
  let server: Server | undefined;
  afterEach(() => new Promise((done) => (server ? server.close(done) : done(undefined))));

  async function serve(handler: (path: string) => number | undefined): Promise<string> {
    server = createServer((request, reply) => {
      const status = handler(request.url ?? "");
      if (status !== undefined) reply.writeHead(status).end("body");
    });
    await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("a hub is reachable if it is a registry, whether or not it wants a login", async () => {
    const paths: string[] = [];
    const host = await serve((path) => (paths.push(path), 401));
    expect(await hubReachable(`http://${host}`)).toBe(true);
    expect(paths).toEqual(["/v2/"]);
  });

  test.each([403, 302, 502])("a hub that answers %i is out of reach", async (status) => {
    expect(await hubReachable(`http://${await serve(() => status)}`)).toBe(false);
  });

  test("a hub that never answers is out of reach after the time is over", async () => {
    const host = await serve(() => undefined);
    const begun = Date.now();
    expect(await hubReachable(`http://${host}`, 200)).toBe(false);
    expect(Date.now() - begun).toBeLessThan(20_000);
    server?.closeAllConnections();
  });

  test("nobody there has the system's name for it", async () => {
    expect(await get(`unix://${folder}/none.sock`, "/_ping")).toEqual({ failure: "ENOENT" });
    expect(await get("tcp://127.0.0.1:1", "/_ping")).toEqual({ failure: "ECONNREFUSED" });
  });

  test("an answer has status and body", async () => {
    const host = await serve(() => 200);
    expect(await get(`tcp://${host}`, "/_ping")).toEqual({ answer: { status: 200, body: "body" } });
  });
});
