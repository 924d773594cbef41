// The registry on loopback that images are pushed to and run from: Debian's docker-registry, as a
// process, or in a container where this user cannot run one. Its storage lies in the state folder:
// it holds this clone's releases only, so `down` may delete it without asking anybody. It is reached
// through a gateway alone (gateway.ts).
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { stringify } from "yaml";
import { gatewayConfig, registryCredentials } from "./gateway.ts";
import { accepts, answersOk } from "../http.ts";
import { systemPath } from "./packages.ts";
import type { Paths } from "../paths.ts";
import {
  findOwn,
  isAlive,
  lastLines,
  startDaemon,
  stopProcess,
  waitUntilReady,
} from "../processes.ts";
import { WorkbenchError } from "../progress.ts";
import { type State, writeState } from "../state.ts";

/** Not 5000, which macOS itself uses. */
const FIRST_PORT = 5055;
/** Ports for calls by SIP, which `fetch` refuses (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED_PORTS = [5060, 5061];
const LABEL = "dev.longshore.workbench";
/** What the registry's image is built from (registry/Dockerfile). */
const REGISTRY_BASE = "debian:trixie-slim";

export const registryAnswers = (port: number) => answersOk(`tcp://127.0.0.1:${port}`, "/v2/");

/** Behind the gateway, at a socket in a folder that only its user may enter. */
export function registryConfig(socket: string, storage: string): Record<string, unknown> {
  return {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      // Blobs are deleted behind its back by nobody, so that knowing them saves a stat each.
      cache: { blobdescriptor: "inmemory" },
    },
    http: {
      net: "unix",
      addr: socket,
      relativeurls: true,
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
  };
}

/** The registry's port; the registry answers there. */
export async function ensureRegistryProcess(paths: Paths, state: State): Promise<number> {
  const known = state.registry;
  const gateway = typeof known?.gateway === "object" ? known.gateway : undefined;
  if (known && isAlive(known.process) && isAlive(gateway) && (await registryAnswers(known.port))) {
    return known.port;
  }
  for (const process of [gateway, known?.process]) await stopProcess(process);
  for (const found of findOwn(paths.runtime)) {
    if (["docker-registry", "haproxy"].includes(found.program)) await stopProcess(found);
  }

  mkdirSync(paths.runtime, { recursive: true, mode: 0o755 });
  // An address that releases refer to must not change.
  if (known && !(await isFree(known.port))) {
    throw new WorkbenchError(
      `Port ${known.port}, this workbench's registry, is now used by another program (see \`ss -ltnp\`). Stop that one and run the command again.`,
    );
  }
  const { socket, process } = await startStorage(paths);
  for (let port = known?.port ?? (await freePort(FIRST_PORT)), tries = 0; tries < 5; tries++) {
    const own = await startGateway(paths, port, socket);
    state.registry = { port, process, gateway: own };
    writeState(paths.stateFile, state);
    const outcome = await waitUntilReady(own, () => registryAnswers(port), 15_000);
    if (outcome === "ready" && isAlive(own)) return port;
    await stopProcess(own);
    // Somebody was quicker.
    if (!/cannot bind socket|already in use/i.test(lastLines(gatewayLog(paths), 5))) break;
    port = await freePort(port + 1);
  }
  await stopProcess(process);
  throw new WorkbenchError(`The registry cannot be started.\n${lastLines(gatewayLog(paths))}`);
}

async function startStorage(paths: Paths) {
  const folder = join(paths.runtime, "registry");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const socket = join(folder, "registry.sock");
  rmSync(socket, { force: true });
  const config = join(paths.runtime, "registry.yml");
  const log = join(paths.logs, "registry.log");
  writeFileSync(config, stringify(registryConfig(socket, join(paths.state, "registry"))));
  const process = await startDaemon({
    command: "docker-registry",
    args: ["serve", config],
    log,
    env: { PATH: systemPath() },
  });
  const outcome = await waitUntilReady(process, () => accepts(socket), 15_000);
  if (outcome === "ready") return { socket, process };
  await stopProcess(process);
  throw new WorkbenchError(`The registry cannot be started.\n${lastLines(log)}`);
}

const gatewayLog = (paths: Paths) => join(paths.logs, "registry-gateway.log");

async function startGateway(paths: Paths, port: number, socket: string) {
  const config = join(paths.runtime, "registry", "gateway.cfg");
  const text = gatewayConfig(`127.0.0.1:${port}`, socket, registryCredentials(paths));
  writeFileSync(config, text, { mode: 0o600 });
  return startDaemon({
    command: "haproxy",
    args: ["-db", "-f", config],
    log: gatewayLog(paths),
    env: { PATH: systemPath() },
  });
}

/** The same in a container, for users who may use an engine but not run daemons (macOS, no root). */
export async function ensureRegistryContainer(
  paths: Paths,
  state: State,
  dockerHost: string,
): Promise<number> {
  const { dockerClient } = await import("../../components/engine/client.ts");
  const docker = dockerClient(dockerHost);
  const name = `longshore-registry-${paths.id}`;
  const known = state.registry;
  const existing = docker.getContainer(name);
  const found = await existing.inspect().catch(() => undefined);
  if (known?.container && known.gateway !== undefined && found) {
    if (!found.State.Running) await existing.start();
    await waitForRegistry(known.port, docker, name);
    return known.port;
  }
  if (found) await existing.remove({ force: true, v: true });

  const tag = "longshore-workbench-registry:3";
  const exists = async (image: string) =>
    (await docker.listImages({ filters: { reference: [image] } })).length > 0;
  let pulledBase = known?.pulledBase;
  if (!(await exists(tag))) {
    pulledBase ??= !(await exists(REGISTRY_BASE));
    await buildRegistryImage(docker, tag);
  }
  for (let port = known?.port ?? (await freePort(FIRST_PORT)), tries = 0; tries < 5; tries++) {
    const container = await docker.createContainer({
      name,
      Image: tag,
      Labels: { [LABEL]: paths.id },
      HostConfig: {
        PortBindings: { "5055/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
        RestartPolicy: { Name: "unless-stopped" },
      },
    });
    state.registry = { port, container: true, gateway: "in the container", pulledBase };
    writeState(paths.stateFile, state);
    try {
      await container.putArchive(await gatewayArchive(paths), { path: "/etc" });
      await container.start();
      await waitForRegistry(port, docker, name);
      return port;
    } catch (error) {
      await container.remove({ force: true, v: true });
      if (!/already allocated|in use/.test(String(error))) throw error;
      port = await freePort(port + 1);
    }
  }
  throw new WorkbenchError(
    `No free port from ${FIRST_PORT} on for the registry (see \`ss -ltnp\`).`,
  );
}

/** The gateway's settings for the container, which the engine's users alone can look into. */
async function gatewayArchive(paths: Paths): Promise<Buffer> {
  const archive = pack();
  const content = gatewayConfig(":5055", "/run/registry/registry.sock", registryCredentials(paths));
  archive.entry({ name: "longshore-gateway.cfg", mode: 0o644 }, content);
  archive.finalize();
  return buffer(archive);
}

async function buildRegistryImage(docker: Docker, tag: string): Promise<void> {
  const context = join(dirname(fileURLToPath(import.meta.url)), "registry");
  const stream = await docker.buildImage(
    { context, src: ["Dockerfile", "config.yml", "start.sh"] },
    { t: tag, labels: { [LABEL]: "image" }, rm: true, forcerm: true },
  );
  const events = await new Promise<{ stream?: string; error?: string }[]>((done, failed) => {
    docker.modem.followProgress(stream, (error, output) =>
      error ? failed(error) : done(output as { stream?: string; error?: string }[]),
    );
  });
  const failure = events.find((event) => event.error)?.error;
  if (failure === undefined) return;
  const output = events.map((event) => event.stream ?? "").join("");
  const tail = output.trimEnd().split("\n").slice(-12).join("\n  ");
  throw new WorkbenchError(`The registry's image cannot be built: ${failure}\n  ${tail}`);
}

async function waitForRegistry(port: number, docker: Docker, name: string) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (await registryAnswers(port)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  const logs = await docker.getContainer(name).logs({ stdout: true, stderr: true, tail: 12 });
  throw new WorkbenchError(
    `The registry in container ${name} does not answer on 127.0.0.1:${port}:\n${logs.toString()}`,
  );
}

/** Leaves the engine as it was, but for the builds' cache of a classic builder. */
export async function removeRegistryContainer(
  paths: Paths,
  dockerHost: string,
  pulledBase: boolean | undefined,
): Promise<void> {
  const { dockerClient } = await import("../../components/engine/client.ts");
  const docker = dockerClient(dockerHost);
  const filters = { label: [`${LABEL}=${paths.id}`] };
  for (const found of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(found.Id).remove({ force: true, v: true });
  }
  const others = await docker.listContainers({ all: true, filters: { label: [LABEL] } });
  if (others.length > 0) return;
  for (const image of await docker.listImages({ filters: { label: [`${LABEL}=image`] } })) {
    await docker.getImage(image.Id).remove({ force: true });
  }
  // Not by force: an image that a container uses by now is not ours to take.
  if (pulledBase)
    await docker
      .getImage(REGISTRY_BASE)
      .remove()
      .catch(() => {});
}

/** The first port from `first` on that nobody listens on and everybody may talk to. */
export async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 200; port++) {
    if (!BLOCKED_PORTS.includes(port) && (await isFree(port))) return port;
  }
  throw new WorkbenchError(`No free port from ${first} to ${first + 199} (see \`ss -ltnp\`).`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      server.close(() => done(true));
    });
  });
}
