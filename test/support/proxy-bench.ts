/**
 * The real proxy image in front of tiny services, on the workbench's engine: what the proxy does is
 * tried without a release around it. Everything carries one label and is removed by `remove`.
 */
import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import type Docker from "dockerode";
import { connectHost } from "../../components/engine/engine-host.ts";
import { type ReleaseHost } from "../../components/engine/host.ts";
import { ProxyControl } from "../../components/fleet/proxy/control.ts";
import { PROXY_COMMAND, SOCKETS_TMPFS } from "../../components/fleet/proxy/programs.ts";
import { PROXY_USER } from "../../components/fleet/state/record.ts";
import { dockerClient } from "../../components/engine/client.ts";
import { loadImage } from "./build-image.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { removeLabelled } from "../../workbench/labelled.ts";
import { ROOT, freePort } from "./test-stack.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** Milliseconds from the request to its answer's end. */
  took: number;
}

export class ProxyBench {
  readonly docker: Docker;
  readonly host: ReleaseHost;
  readonly proxy: ProxyControl;
  /** On this machine, by port in the proxy's container. */
  readonly ports: Record<number, number>;
  readonly dockerHost: string;
  readonly #name: string;

  private constructor(name: string, dockerHost: string, ports: Record<number, number>) {
    this.#name = name;
    this.dockerHost = dockerHost;
    this.docker = dockerClient(dockerHost);
    this.host = connectHost("bench", dockerHost);
    this.ports = ports;
    this.proxy = new ProxyControl(this.host, `${name}-proxy`);
  }

  /**
   * Builds the image, and creates the proxy with `inside` ports open on loopback. Starts nothing.
   * @param purpose tells benches that live at the same time apart.
   */
  static async create(inside: number[], purpose = "proxy"): Promise<ProxyBench> {
    const name = `longshore-e2e-${purpose}`;
    const workbench = await workbenchUp();
    await removeLabelled(dockerClient(workbench.dockerHost), `longshore.test=${name}`);
    await loadImage(workbench, name, "components/fleet/proxy/image");
    const ports: Record<number, number> = {};
    for (const port of inside) ports[port] = await freePort();
    const bench = new ProxyBench(name, workbench.dockerHost, ports);
    const Labels = { "longshore.test": name };
    await bench.docker.createNetwork({ Name: name, Labels, CheckDuplicate: true });
    await bench.#container("proxy", open(ports), PROXY_COMMAND);
    return bench;
  }

  /** Creates a tiny service; what it is called is also what it answers. */
  async service(name: string, options: { start: boolean } = { start: true }): Promise<string> {
    const container = await this.#container(name, {}, [
      ...["haproxy", "-db", "-f", "/etc/longshore/backend.cfg"],
    ]);
    const read = (file: string) => readFileSync(join(ROOT, "test/e2e/proxy", file), "utf8");
    await this.host.writeFiles(
      container,
      "/etc/longshore",
      ["backend.cfg", "backend.lua"].map((file) => ({
        name: file,
        content: read(file),
        mode: 0o644,
        ...PROXY_USER,
      })),
    );
    if (options.start) await this.host.start(container);
    return container;
  }

  /**
   * Creates another proxy or a forwarder, with the same files as the proxy.
   * @param ports on this machine, by port in its container.
   */
  async beside(
    name: string,
    command: string[],
    ports: Record<number, number> = {},
  ): Promise<string> {
    const hostConfig = { ...open(ports), VolumesFrom: [`${this.#name}-proxy`] };
    return this.#container(name, hostConfig, command);
  }

  async #container(
    name: string,
    hostConfig: Docker.HostConfig,
    command?: string[],
  ): Promise<string> {
    const ports = Object.keys((hostConfig.PortBindings ?? {}) as object);
    await this.docker.createContainer({
      name: `${this.#name}-${name}`,
      Image: this.#name,
      Env: [`NAME=${name}`],
      Labels: { "longshore.test": this.#name },
      ...(command === undefined ? {} : { Cmd: command }),
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
      HostConfig: { NetworkMode: this.#name, Init: true, ...hostConfig },
    });
    return `${this.#name}-${name}`;
  }

  url(inside: number, path = "/"): string {
    return `http://127.0.0.1:${this.ports[inside]}${path}`;
  }

  /** One request on a connection of its own. */
  get(inside: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.getUrl(this.url(inside, path), headers);
  }

  /** The same with an address. */
  getUrl(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    const started = Date.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { agent: false, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString("utf8"),
            took: Date.now() - started,
          }),
        );
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  /** Sends bytes to a port and returns what comes back until `lines` lines are there, or the end. */
  talk(inside: number, text: string, lines = 1): Promise<string> {
    return this.talkTo(this.ports[inside] ?? 0, text, lines);
  }

  /** The same with a port of this machine. */
  talkTo(port: number, text: string, lines = 1): Promise<string> {
    return new Promise((resolve, reject) => {
      let heard = "";
      const socket = connect({ host: "127.0.0.1", port });
      socket.on("connect", () => socket.write(text));
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.toString("utf8");
        if (heard.split("\n").length > lines) socket.destroy();
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(heard));
    });
  }

  /** Until all servers of a slot are up by the proxy's own checks, at most 15 s. */
  async untilUp(service: string, slot: "a" | "b"): Promise<void> {
    await this.until(async () => {
      const servers = await this.proxy.servers(service, slot);
      const isUp = servers.every((s) => s.status.startsWith("UP") && s.check.endsWith("OK"));
      return isUp ? undefined : servers;
    }, `${service}.${slot} is up`);
  }

  /** Until `missing` finds nothing missing (undefined), at most 15 s. */
  async until(missing: () => Promise<unknown>, what: string): Promise<void> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = await missing();
      if (found === undefined) return;
      if (Date.now() > deadline) {
        throw new Error(`not within 15 s: ${what}. ${JSON.stringify(found)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Until a slot's first server is up. */
  async untilFirstUp(service: string, slot: "a" | "b"): Promise<void> {
    await this.until(async () => {
      const [first] = await this.proxy.servers(service, slot);
      return first?.status.startsWith("UP") && first.check.endsWith("OK") ? undefined : first;
    }, `the first server of ${service}.${slot} is up`);
  }

  async remove(): Promise<void> {
    await removeLabelled(this.docker, `longshore.test=${this.#name}`);
    await this.docker
      .getImage(this.#name)
      .remove()
      .catch(() => undefined); // another run's containers may use it
  }
}

/** Of a container that runs HAProxy: ports on loopback, by port in the container. */
function open(ports: Record<number, number>): Docker.HostConfig {
  return {
    Tmpfs: SOCKETS_TMPFS,
    PortBindings: Object.fromEntries(
      Object.entries(ports).map(([port, outside]) => [
        `${port}/tcp`,
        [{ HostIp: "127.0.0.1", HostPort: String(outside) }],
      ]),
    ),
  };
}
