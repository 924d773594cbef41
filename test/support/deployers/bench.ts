/**
 * A stack on a real engine without Pulumi, for trials with several deployers: containers that the test
 * creates, and releases as processes of their own that can be suspended, killed and watched. Everything
 * carries one label, by which it is removed; so is what a crash left.
 */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import type Docker from "dockerode";
import { connectHost } from "../../../components/engine/engine-host.ts";
import type { ReleaseHost } from "../../../components/engine/host.ts";
import type { ReleaseRequest, ServiceRequest } from "../../../components/fleet/types.ts";
import {
  PROXY_USER,
  RECORD_FOLDER,
  readRecord,
  recordVolume,
} from "../../../components/fleet/state/record.ts";
import {
  FORWARDER_COMMAND,
  PROXY_COMMAND,
  SOCKETS_TMPFS,
} from "../../../components/fleet/proxy/programs.ts";
import { dockerClient } from "../../../components/engine/client.ts";
import { loadImage } from "../build-image.ts";
import { up as workbenchUp } from "../../../workbench/index.ts";
import { removeLabelled } from "../../../workbench/labelled.ts";
import { SETTINGS } from "../release.ts";
import { ROOT, freePort } from "../test-stack.ts";
import { Deployer } from "./deployer.ts";

/** Names that the forwarder answers to inside the network. */
const LINKS = ["app", "cache"];

export class DeployerBench {
  readonly name: string;
  readonly docker: Docker;
  readonly host: ReleaseHost;
  readonly dockerHost: string;
  /** The public port of the proxies that are not given another one. */
  readonly port: number;
  /** Proxy → the forwarder before it. */
  readonly #forwarders = new Map<string, string>();
  readonly #deployers: Deployer[] = [];

  private constructor(name: string, dockerHost: string, port: number) {
    this.name = name;
    this.dockerHost = dockerHost;
    this.docker = dockerClient(dockerHost);
    this.host = connectHost("local", dockerHost);
    this.port = port;
  }

  static async create(purpose: string): Promise<DeployerBench> {
    const workbench = await workbenchUp();
    const name = `longshore-e2e-${purpose}`;
    const bench = new DeployerBench(name, workbench.dockerHost, await freePort());
    await bench.#sweep();
    await loadImage(workbench, name, "components/fleet/proxy/image");
    await bench.docker.createNetwork({ Name: name, Labels: bench.#labels });
    await bench.docker.createVolume({ Name: recordVolume(bench.stack), Labels: bench.#labels });
    return bench;
  }

  get stack(): string {
    return `e2e/${this.name}`;
  }

  get #labels(): Record<string, string> {
    return { "longshore.stack": this.stack };
  }

  /**
   * Creates a proxy, as an update would, and where there is none the forwarder for `port`. With `publishes` the proxy
   * has the port itself, as before there were forwarders.
   */
  async proxy(
    name: string,
    { port = this.port, image = this.name, publishes = false } = {},
  ): Promise<string> {
    const bind = { "60080/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] };
    await this.#wayIn(name, "proxy", image, PROXY_COMMAND, publishes ? bind : {});
    const forwarder = port === this.port ? "forwarder" : `forwarder-${port}`;
    this.#forwarders.set(`${this.name}-${name}`, `${this.name}-${forwarder}`);
    const found = await this.host.inspect(`${this.name}-${forwarder}`);
    if (found === undefined) {
      await this.#wayIn(forwarder, "forwarder", this.name, FORWARDER_COMMAND, bind);
    }
    return `${this.name}-${name}`;
  }

  async #wayIn(
    name: string,
    role: "proxy" | "forwarder",
    image: string,
    command: string[],
    bind: Docker.PortMap,
  ): Promise<void> {
    const hasPorts = Object.keys(bind).length > 0;
    await this.docker.createContainer({
      name: `${this.name}-${name}`,
      Image: image,
      Cmd: command,
      Labels: { ...this.#labels, "longshore.role": role, "longshore.service": "proxy" },
      ExposedPorts: { "60080/tcp": {} },
      HostConfig: {
        NetworkMode: this.name,
        Init: true,
        RestartPolicy: { Name: "unless-stopped" },
        Tmpfs: SOCKETS_TMPFS,
        PortBindings: bind,
        Mounts: [{ Type: "volume", Source: recordVolume(this.stack), Target: RECORD_FOLDER }],
      },
      NetworkingConfig: {
        EndpointsConfig: { [this.name]: { Aliases: hasPorts ? LINKS : [] } },
      },
    });
  }

  /** Creates a copy of a service; it answers with its name. */
  async copy(service: string, name: string, command?: string[]): Promise<string> {
    const container = `${this.name}-${name}`;
    await this.docker.createContainer({
      name: container,
      Image: this.name,
      Env: [`NAME=${name}`],
      Cmd: command ?? ["haproxy", "-db", "-f", "/etc/longshore/backend.cfg"],
      StopSignal: "SIGTERM",
      Labels: { ...this.#labels, "longshore.role": "service", "longshore.service": service },
      HostConfig: { NetworkMode: this.name, Init: true, RestartPolicy: { Name: "unless-stopped" } },
    });
    const read = (file: string) => readFileSync(join(ROOT, "test/e2e/proxy", file), "utf8");
    await this.host.writeFiles(
      container,
      RECORD_FOLDER,
      ["backend.cfg", "backend.lua"].map((file) => ({
        ...{ name: file, content: read(file), mode: 0o644, ...PROXY_USER },
      })),
    );
    return container;
  }

  /** What a release is told. Services in link order. */
  request(
    proxy: string,
    services: ServiceRequest[],
    containers: Record<string, string[]>,
    more: Partial<ReleaseRequest> = {},
  ): ReleaseRequest {
    return {
      stack: this.stack,
      services,
      settings: { ...SETTINGS, drainTimeout: 2 },
      hosts: [
        {
          ...{ name: "local", dockerHost: this.dockerHost, containers, secrets: [] },
          ...{ proxy, forwarder: this.#forwarders.get(proxy) ?? "none" },
        },
      ],
      ...more,
    };
  }

  /** Starts a release in a process of its own. */
  deploy(request: ReleaseRequest, env: Record<string, string> = {}): Deployer {
    const deployer = Deployer.start(request, env);
    this.#deployers.push(deployer);
    return deployer;
  }

  /** What serves now, by the public port: a copy's name, `503`, or why nothing answered. */
  answer(port = this.port): Promise<string> {
    return new Promise((resolve) => {
      const url = { host: "127.0.0.1", port, path: "/", agent: false, timeout: 10_000 };
      const outgoing = httpRequest(url, (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
        answer.on("end", () =>
          resolve(answer.statusCode === 200 ? body.trim() : String(answer.statusCode)),
        );
        answer.on("error", (error) => resolve(error.message));
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 10 s")));
      outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      outgoing.end();
    });
  }

  /** Names of the stack's containers that run, without its prefix and without helpers. */
  async running(): Promise<string[]> {
    const views = await this.host.list(this.stack);
    return views
      .filter(({ running, labels }) => running && labels["longshore.helper"] === undefined)
      .map(({ name }) => name.slice(this.name.length + 1))
      .sort();
  }

  /** Helpers of releases that are there, by what they are for. */
  async helpers(): Promise<string[]> {
    const views = await this.host.list(this.stack);
    return views.flatMap(({ labels }) => labels["longshore.helper"] ?? []).sort();
  }

  /** The record, read through a proxy. */
  record(proxy: string) {
    return readRecord(this.host, proxy);
  }

  /** Removes the stack's containers, but not what they are made from. */
  async clear(): Promise<void> {
    for (const deployer of this.#deployers.splice(0)) await deployer.end();
    for (const { name } of await this.host.list(this.stack)) await this.host.remove(name);
    await this.docker.getVolume(recordVolume(this.stack)).remove();
    await this.docker.createVolume({ Name: recordVolume(this.stack), Labels: this.#labels });
  }

  async remove(): Promise<void> {
    for (const deployer of this.#deployers.splice(0)) await deployer.end();
    await this.#sweep();
    await this.docker.getImage(this.name).remove({ force: true });
  }

  async #sweep(): Promise<void> {
    await removeLabelled(this.docker, `longshore.stack=${this.stack}`);
  }
}
