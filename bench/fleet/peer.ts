/** What both peers have: machines, a key, a configuration of ssh, and what each machine shall run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { SITE_LABEL } from "../../components/hosts/simulated/types.ts";
import { dockerClient } from "../../components/engine/client.ts";
import { makeKey } from "../../test/support/simulated.ts";
import { freePort } from "../../test/support/test-stack.ts";
import type { Workbench } from "../../workbench/index.ts";
import { removeLabelled } from "../../workbench/labelled.ts";
import { HAPROXY } from "../local/peer-system.ts";
import { Fleet } from "./fleet.ts";
import { delayed } from "./latency.ts";
import { type Machine, bootMachines } from "./machines.ts";
import type { Images } from "./versions.ts";

export const NETWORK = "identidock";
/** On each machine. */
export const PROXY_FILE = "/etc/identidock/haproxy.cfg";
export const PROXY_CONFIGURATION = HAPROXY;
/** The engine's, as Longshore has it where that matters: containers go on while it restarts, no process before each port. */
export const ENGINE_FILE = "/etc/docker/daemon.json";
export const ENGINE_SETTINGS = JSON.stringify({ "live-restore": true, "userland-proxy": false });

export interface Container {
  name: string;
  image: string;
  environment: Record<string, string>;
  command: string[];
  volumes: string[];
  ports: string[];
}

export interface PeerRequest {
  workbench: Workbench;
  images: Images;
  size: number;
  /** Milliseconds that a round trip by SSH takes longer. */
  latency: number;
  timed: (boot: () => Promise<Machine[]>) => Promise<Machine[]>;
}

export class Peer {
  readonly folder: string;
  readonly fleet: Fleet;
  readonly env: Record<string, string>;
  readonly #site: string;
  readonly #request: PeerRequest;
  readonly #port: number;
  #version = 0;

  private constructor(
    parts: Pick<Peer, "folder" | "fleet" | "env">,
    site: string,
    request: PeerRequest,
    port: number,
  ) {
    this.folder = parts.folder;
    this.fleet = parts.fleet;
    this.env = parts.env;
    this.#site = site;
    this.#request = request;
    this.#port = port;
  }

  static async create(tool: string, request: PeerRequest): Promise<Peer> {
    const { workbench, size, latency, timed } = request;
    const site = `longshore-bench-${tool}`;
    await sweep(workbench, site);
    const folder = mkdtempSync(join(tmpdir(), `${site}-`));
    await makeKey(join(folder, "key"));
    const publicKey = readFileSync(join(folder, "key.pub"), "utf8").trim();
    const machines = await timed(() => bootMachines(workbench, { site, size, publicKey }));
    const known = machines.map(({ address, hostKey }) => `${address} ${hostKey}\n`);
    writeFileSync(join(folder, "known_hosts"), known.join(""));
    writeFileSync(join(folder, "ssh_config"), sshConfig(folder, workbench.registry));
    const port = await freePort();
    const parts = {
      folder,
      fleet: new Fleet(workbench.dockerHost, machines, port),
      env: await delayed(latency, process.env.PATH ?? ""),
    };
    return new Peer(parts, site, request, port);
  }

  want(version: number): void {
    this.#version = version;
  }

  /** All that one machine runs. Those behind the first reach its cache and its worker over the private network. */
  containers(machine: Machine): Container[] {
    const { images } = this.#request;
    const [first] = this.fleet.machines;
    const at = first?.privateAddress ?? "";
    const isFirst = machine === first;
    const container = (name: string, image = "", more: Partial<Container> = {}): Container => ({
      ...{ name, image, environment: {}, command: [], volumes: [], ports: [] },
      ...more,
    });
    const shared = [
      container("redis", images.redis, {
        volumes: ["redis-data:/data"],
        ports: [`${at}:6379:6379`],
      }),
      container("dnmonster", images.dnmonster, { ports: [`${at}:8080:8080`] }),
    ];
    const links = isFirst
      ? { DNMONSTER_HOST: "dnmonster", REDIS_HOST: "redis" }
      : { DNMONSTER_HOST: at, REDIS_HOST: at };
    return [
      ...(isFirst ? shared : []),
      container("app", images.app[this.#version], { environment: links }),
      container("proxy", images.proxy, {
        command: ["haproxy", "-W", "-db", "-f", PROXY_FILE],
        volumes: [`${PROXY_FILE}:${PROXY_FILE}:ro`],
        ports: [`0.0.0.0:${this.#port}:8000`],
      }),
    ];
  }

  async disconnect(): Promise<void> {
    const config = join(this.folder, "ssh_config");
    await Promise.all(
      this.fleet.machines.map(({ address }) =>
        execa("ssh", ["-F", config, "-O", "exit", address], { reject: false }),
      ),
    );
  }

  async remove(): Promise<void> {
    await this.disconnect();
    await sweep(this.#request.workbench, this.#site);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function sweep({ dockerHost }: Workbench, site: string): Promise<void> {
  await removeLabelled(dockerClient(dockerHost), `${SITE_LABEL}=${site}`);
}

/** Pinned keys, one connection for each machine, and the registry of this computer on the machine's loopback. */
function sshConfig(folder: string, registry: string): string {
  const options = {
    ...{ User: "deploy", BatchMode: "yes", StrictHostKeyChecking: "yes", LogLevel: "ERROR" },
    ...{ IdentityFile: join(folder, "key"), IdentitiesOnly: "yes" },
    ...{ UserKnownHostsFile: join(folder, "known_hosts"), GlobalKnownHostsFile: "/dev/null" },
    ...{ ControlMaster: "auto", ControlPath: join(folder, "c-%h"), ControlPersist: "60" },
    RemoteForward: `${registry} ${registry}`,
  };
  const lines = Object.entries(options).map(([name, value]) => `  ${name} ${value}\n`);
  return `Host *\n${lines.join("")}`;
}
