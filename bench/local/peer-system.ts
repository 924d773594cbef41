/** What the peers run: the stack's own images in four containers, behind the same HAProxy with a static configuration. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestStack } from "../../test/support/test-stack.ts";
import { freePort } from "../../test/support/test-stack.ts";
import { removeLabelled } from "../../workbench/labelled.ts";

export interface PeerContainer {
  name: string;
  /** By digest. */
  image: string;
  environment: Record<string, string>;
  command?: string[];
  /** As both tools take them: `/on/the/host:/in/the/container:ro`. */
  volumes: string[];
  /** As both tools take them: `address:port:port in the container`. */
  ports: string[];
  labels: Record<string, string>;
}

/** A system that a peer converges. */
export class PeerSystem {
  readonly folder: string;
  readonly dockerHost: string;
  readonly label: string;
  readonly #stack: TestStack;
  readonly #images: Record<string, string>;
  readonly #port: number;
  /** Another one is another setting of app. */
  #cacheSeconds = 3600;

  private constructor(
    peer: string,
    stack: TestStack,
    images: Record<string, string>,
    port: number,
  ) {
    this.folder = mkdtempSync(join(tmpdir(), `longshore-bench-${peer}-`));
    chmodSync(this.folder, 0o755); // the proxy's user reads its configuration there
    writeFileSync(join(this.folder, "haproxy.cfg"), HAPROXY, { mode: 0o644 });
    this.dockerHost = stack.workbench.dockerHost;
    this.label = `longshore-bench-${peer}`;
    this.#stack = stack;
    this.#images = images;
    this.#port = port;
  }

  /** With the images that `stack` runs now; what an earlier run left is removed. */
  static async create(peer: string, stack: TestStack): Promise<PeerSystem> {
    const images: Record<string, string> = {};
    for (const service of Object.keys(await stack.containers())) {
      images[service] = await servedImage(stack, service);
    }
    const system = new PeerSystem(peer, stack, images, await freePort());
    await removeLabelled(stack.docker, `longshore.bench=${system.label}`);
    return system;
  }

  /** From now on another setting of app is wanted. */
  change(): void {
    this.#cacheSeconds += 1;
  }

  get containers(): PeerContainer[] {
    const container = (name: string, more: Partial<PeerContainer> = {}): PeerContainer => ({
      ...{ name, image: this.#images[name] ?? "", environment: {}, volumes: [], ports: [] },
      labels: this.labels(name),
      ...more,
    });
    const links = { DNMONSTER_HOST: "dnmonster", REDIS_HOST: "redis" };
    return [
      container("redis"),
      container("dnmonster"),
      container("app", {
        environment: { ...links, CACHE_SECONDS: String(this.#cacheSeconds) },
      }),
      container("proxy", {
        command: ["haproxy", "-W", "-db", "-f", "/peer/haproxy.cfg"],
        volumes: [`${this.folder}:/peer:ro`],
        ports: [`127.0.0.1:${this.#port}:8000`],
      }),
    ];
  }

  /** Of a service, or of the network. */
  labels(service: string): Record<string, string> {
    return { "longshore.bench": this.label, "longshore.bench.service": service };
  }

  /** @throws if the system does not serve what is wanted: then nothing was measured. */
  async check(): Promise<void> {
    const until = Date.now() + 30_000;
    const url = `http://127.0.0.1:${this.#port}/health`;
    while (!(await fetch(url).catch(() => undefined))?.ok) {
      if (Date.now() > until) throw new Error(`${this.label} does not serve after 30 s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const filters = { label: [`longshore.bench=${this.label}`, "longshore.bench.service=app"] };
    const [app] = await this.#stack.docker.listContainers({ filters });
    const { Config } = await this.#stack.docker.getContainer(app?.Id ?? "").inspect();
    if (Config.Env.includes(`CACHE_SECONDS=${this.#cacheSeconds}`)) return;
    throw new Error(`${this.label} was not changed`);
  }

  async remove(): Promise<void> {
    await removeLabelled(this.#stack.docker, `longshore.bench=${this.label}`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The image that a service of the stack runs, by digest. */
export async function servedImage(stack: TestStack, service: string): Promise<string> {
  const [first] = (await stack.containers())[service] ?? [];
  const { Image } = await stack.docker.getContainer(first?.id ?? "").inspect();
  const { RepoDigests } = await stack.docker.getImage(Image).inspect();
  return RepoDigests[0] ?? "";
}

/** Of the proxy in front of `app`, static. */
export const HAPROXY = `global
    log stdout format raw local0 info
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
resolvers docker
    nameserver engine 127.0.0.11:53
    hold valid 1s
frontend public
    bind :8000
    default_backend app
backend app
    option httpchk GET /health
    server app app:9090 check inter 1s resolvers docker resolve-prefer ipv4 init-addr libc,none
`;
