/**
 * A Docker engine that may be killed: live-restore on, userland-proxy off, so that its containers and
 * their ports live on without it. It has a network namespace of its own, since it writes iptables and
 * must not touch another engine's; the registry is brought in through a socket. Linux and root only.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { readdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { type Server, createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { execa } from "execa";
import { emptyEngine } from "../../../workbench/cleanup.ts";
import { answersOk } from "../../../workbench/http.ts";
import { systemPath } from "../../../workbench/parts/packages.ts";
import {
  type ProcessIdentity,
  findOwn,
  lastLines,
  startDaemon,
  stopProcess,
  waitUntilReady,
} from "../../../workbench/processes.ts";

const NEIGHBOUR = fileURLToPath(new URL("./neighbour.ts", import.meta.url));
const KEEP_PORTS = fileURLToPath(
  new URL("../../../components/hosts/keep-ports.sh", import.meta.url),
);
const HELD_RUNC = fileURLToPath(new URL("../held-runc.sh", import.meta.url));
/** The neighbour's, inside the network namespace. */
const NAME_SERVER = "10.255.255.53";
const CGROUPS = "/sys/fs/cgroup";

export class LoadEngine {
  readonly dockerHost: string;
  /** What a process must be started with to reach the containers' ports. */
  readonly prefix: string[];
  readonly #folder: string;
  readonly #neighbour: ChildProcess;
  readonly #registry: Server;
  #dockerd: ProcessIdentity | undefined;

  private constructor(folder: string, neighbour: ChildProcess, registry: Server) {
    this.#folder = folder;
    this.#neighbour = neighbour;
    this.#registry = registry;
    this.dockerHost = `unix://${join(folder, "docker.sock")}`;
    this.prefix = ["nsenter", `--net=/proc/${neighbour.pid}/ns/net`, "--"];
  }

  /** @param registry `127.0.0.1:PORT`, which the engine can then reach at the same address. */
  static async create(registry: string): Promise<LoadEngine> {
    if (process.platform !== "linux" || process.getuid?.() !== 0) {
      throw new Error("An engine that may be killed needs Linux and root.");
    }
    // Short, since it holds sockets.
    const folder = mkdtempSync(join(tmpdir(), "lsk-"));
    const port = Number(registry.split(":")[1]);
    const socket = join(folder, "registry.sock");
    const server = createServer((inside) => {
      const outside = createConnection(port, "127.0.0.1");
      inside.pipe(outside).pipe(inside);
      inside.on("error", () => outside.destroy());
      outside.on("error", () => inside.destroy());
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const neighbour = spawn(
      "unshare",
      ["--net", process.execPath, NEIGHBOUR, socket, String(port), NAME_SERVER],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(neighbour.stdout, "data");
    const engine = new LoadEngine(folder, neighbour, server);
    engine.#configure();
    await engine.start();
    return engine;
  }

  /**
   * Starts a container of the runtime `held` and kills dockerd when it is created and not started yet:
   * between the two, so that containerd has it and dockerd does not know.
   */
  async killInStart(container: Docker.Container): Promise<void> {
    const [hold, held] = [join(this.#folder, "hold"), join(this.#folder, "held")];
    writeFileSync(hold, "");
    const start = container.start().catch(() => undefined); // breaks off with dockerd
    while (!existsSync(held)) await new Promise((resolve) => setTimeout(resolve, 20));
    this.kill();
    await start;
    rmSync(hold);
    rmSync(held);
  }

  /** SIGKILL to dockerd; containerd and all containers live on. */
  kill(): void {
    if (this.#dockerd === undefined) throw new Error("dockerd does not run");
    process.kill(this.#dockerd.pid, "SIGKILL");
  }

  /** Starts dockerd, for the first time or again. */
  async start(): Promise<void> {
    const log = join(this.#folder, "dockerd.log");
    // dockerd's containerd ends with it; a pid of before the crash would be taken for a running one.
    for (const found of findOwn(this.#folder)) {
      if (found.program === "containerd") await stopProcess(found, 5_000);
    }
    for (const stale of ["docker.pid", "exec/containerd/containerd.pid"]) {
      rmSync(join(this.#folder, stale), { force: true });
    }
    const [command = "", ...args] = [
      ...this.prefix,
      ...["dockerd", "--config-file", join(this.#folder, "daemon.json")],
      ...["--pidfile", join(this.#folder, "docker.pid")],
    ];
    const env = { PATH: systemPath(), DOCKER_HOST: undefined };
    this.#dockerd = await startDaemon({ command, args, log, env });
    const ready = () => answersOk(this.dockerHost, "/_ping");
    const outcome = await waitUntilReady(this.#dockerd, ready, 60_000);
    if (outcome !== "ready") throw new Error(`dockerd: ${outcome}\n${lastLines(log)}`);
  }

  /** Keeps a container's ports open while dockerd restarts, see components/hosts/keep-ports.sh. */
  async keepPorts(address: string, ...published: string[]): Promise<void> {
    const [program = "", ...args] = [...this.prefix, "sh", KEEP_PORTS, address, ...published];
    await execa(program, args, { env: { PATH: systemPath() } });
  }

  /** Ends it and everything on it, by process id, and removes its folders. */
  async destroy(): Promise<void> {
    if (!(await answersOk(this.dockerHost, "/_ping"))) await this.start();
    await emptyEngine(this.dockerHost);
    await stopProcess(this.#dockerd);
    for (const found of findOwn(this.#folder)) await stopProcess(found, 5_000);
    this.#neighbour.stdin?.end();
    this.#registry.close();
    for (const mount of ownMounts(this.#folder)) await execa("umount", [mount], { reject: false });
    rmSync(this.#folder, { recursive: true, force: true });
    for (const folder of cgroupsOf(basename(this.#folder))) await endCgroup(folder);
  }

  #configure(): void {
    mkdirSync(join(this.#folder, "docker"));
    copyFileSync(HELD_RUNC, join(this.#folder, "held-runc.sh"));
    const config = {
      "data-root": join(this.#folder, "docker"),
      "exec-root": join(this.#folder, "exec"),
      hosts: [this.dockerHost],
      "cgroup-parent": `/${basename(this.#folder)}`,
      "exec-opts": ["native.cgroupdriver=cgroupfs"],
      // No other is in reach, and none must be waited for.
      dns: [NAME_SERVER],
      "live-restore": true,
      "userland-proxy": false,
      runtimes: { held: { path: join(this.#folder, "held-runc.sh") } },
      "log-driver": "json-file",
      "deprecated-key-path": join(this.#folder, "key.json"),
    };
    writeFileSync(join(this.#folder, "daemon.json"), JSON.stringify(config, null, 2));
  }
}

/** Mounts below a folder, innermost first. */
function ownMounts(folder: string): string[] {
  return readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((mount) => mount === folder || mount.startsWith(`${folder}/`))
    .reverse();
}

/** Removes a cgroup and those in it, with the processes that an engine lost there. */
async function endCgroup(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await endCgroup(join(folder, entry.name));
  }
  for (let tries = 100; ; tries--) {
    const pids = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
    try {
      return rmdirSync(folder);
    } catch (error) {
      if (tries === 0) throw error; // busy until the last one has ended
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The cgroups that an engine leaves, in version 1 one in each hierarchy. */
function cgroupsOf(name: string): string[] {
  const hierarchies = existsSync(CGROUPS) ? readdirSync(CGROUPS) : [];
  return [name, ...hierarchies.map((hierarchy) => join(hierarchy, name))]
    .map((path) => join(CGROUPS, path))
    .filter((path) => existsSync(path));
}
