/**
 * What people do without Longshore, measured in the same run: `docker compose up -d` of the same
 * change, and the same by hand with scale-up and scale-down. The same images behind the same HAProxy.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { dockerClient } from "../../components/engine/client.ts";
import type { Verdict } from "../../test/support/load/mix.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import { freePort } from "../../test/support/test-stack.ts";
import { ensureTool } from "../../toolchain/index.ts";
import { removeLabelled } from "../../workbench/labelled.ts";
import { MIX, PEER_SECONDS, type Size } from "./sizes.ts";

const PROJECT = "longshore-bench-peer";

export interface Peer {
  name: string;
  title: string;
  change: (compose: Compose) => Promise<void>;
}

export const PEERS: Peer[] = [
  {
    name: "compose",
    title: "peer: `docker compose up -d`, app changed",
    change: async (compose) => {
      await compose.define({ version: "v2", replicas: 2 });
      await compose.run("up", "--detach");
    },
  },
  {
    name: "compose-scale",
    title: "peer: scale-up, wait for healthy, stop the old, scale-down, by hand",
    change: async (compose) => {
      const old = await compose.replicas();
      await compose.define({ version: "v2", replicas: 4 });
      // Creates two more beside the two that run.
      await compose.run("up", "--detach", "--no-recreate", "--no-deps", "--wait", "app");
      for (const id of old) await compose.docker.getContainer(id).stop({ t: 10 });
      for (const id of old) await compose.docker.getContainer(id).remove();
      await compose.define({ version: "v2", replicas: 2 });
      await compose.run("up", "--detach", "--no-recreate", "--no-deps", "app");
    },
  },
];

/** Brings the peer up with `v1`, and measures its change to `v2`. */
export async function measurePeer(
  system: LoadSystem,
  peer: Peer,
  size: Size,
): Promise<Verdict & { whole: number }> {
  const compose = await Compose.create(system);
  try {
    await compose.define({ version: "v1", replicas: 2 });
    await compose.run("up", "--detach", "--wait");
    const load = await system.load({ ...MIX, rate: size.rate }, compose.url);
    try {
      await pause(size.before);
      load.mark("during");
      const began = Date.now();
      await peer.change(compose);
      const whole = (Date.now() - began) / 1000;
      load.mark("after");
      await pause(Math.max(size.after, PEER_SECONDS - whole));
      return { ...(await load.stop()), whole };
    } catch (error) {
      load.kill();
      throw error;
    }
  } finally {
    await compose.down();
  }
}

export class Compose {
  readonly docker: LoadSystem["docker"];
  readonly url: string;
  readonly #system: LoadSystem;
  readonly #folder: string;
  readonly #port: number;

  private constructor(system: LoadSystem, folder: string, port: number) {
    this.#system = system;
    this.#folder = folder;
    this.#port = port;
    this.docker = dockerClient(system.settings.dockerHost);
    this.url = `http://127.0.0.1:${port}`;
  }

  static async create(system: LoadSystem): Promise<Compose> {
    const folder = mkdtempSync(join(tmpdir(), "longshore-peer-"));
    chmodSync(folder, 0o755); // the proxy's user reads its configuration there
    const compose = new Compose(system, folder, await freePort());
    await removeLabelled(compose.docker, `com.docker.compose.project=${PROJECT}`);
    return compose;
  }

  /** Writes compose.yaml with this version of app. */
  async define({ version, replicas }: { version: string; replicas: number }): Promise<void> {
    const service = async (role: string, port: number, wanted = "v1") => ({
      image: await this.#system.images.app(wanted),
      environment: { ROLE: role, PORT: String(port) },
      restart: "unless-stopped",
      init: true,
      healthcheck: {
        test: [
          "CMD",
          "node",
          "-e",
          `fetch("http://127.0.0.1:${port}/health").then((a) => process.exit(a.ok ? 0 : 1))`,
        ],
        interval: "1s",
      },
    });
    const app = await service("app", 9090, version);
    const links = {
      DNMONSTER_HOST: "dnmonster",
      DNMONSTER_PORT: "8080",
      COUNTER_HOST: "counter",
      COUNTER_PORT: "8081",
    };
    const config = {
      name: PROJECT,
      services: {
        proxy: {
          image: this.#system.settings.proxy.image.ref,
          command: ["haproxy", "-W", "-db", "-f", "/peer/haproxy.cfg"],
          volumes: [`${this.#folder}:/peer:ro`],
          ports: [`127.0.0.1:${this.#port}:8000`],
          restart: "unless-stopped",
        },
        app: { ...app, environment: { ...app.environment, ...links }, deploy: { replicas } },
        dnmonster: await service("worker", 8080),
        counter: await service("counter", 8081),
      },
    };
    writeFileSync(join(this.#folder, "haproxy.cfg"), HAPROXY, { mode: 0o644 });
    writeFileSync(join(this.#folder, "compose.yaml"), stringify(config));
  }

  /** Ids of the replicas of app that run. */
  async replicas(): Promise<string[]> {
    const label = [`com.docker.compose.project=${PROJECT}`, "com.docker.compose.service=app"];
    return (await this.docker.listContainers({ filters: { label } })).map(({ Id }) => Id);
  }

  async run(...args: string[]): Promise<void> {
    const { env } = this.#system;
    await execa(await ensureTool("compose"), args, { cwd: this.#folder, env, stdin: "ignore" });
  }

  async down(): Promise<void> {
    try {
      await this.run("down", "--volumes", "--timeout", "1");
    } finally {
      await removeLabelled(this.docker, `com.docker.compose.project=${PROJECT}`);
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** As careful as a static configuration can be: checks, retries on another replica, names looked up each second. */
const HAPROXY = `global
    log stdout format raw local0 info
defaults
    mode http
    option redispatch
    retries 3
    retry-on conn-failure
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
resolvers docker
    nameserver engine 127.0.0.11:53
    resolve_retries 3
    timeout resolve 1s
    timeout retry 1s
    hold valid 1s
frontend public
    bind :8000
    default_backend app
backend app
    balance leastconn
    option httpchk GET /health
    default-server check inter 1s fall 2 rise 1 resolvers docker resolve-prefer ipv4 init-addr libc,none
    server-template app 4 app:9090
`;

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
