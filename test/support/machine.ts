/**
 * Machines in containers on the workbench's engine, with systemd, a real sshd and, if asked for, a Docker engine of
 * their own. Everything carries one label, by which it is removed; so is what a crash left.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { connectHost } from "../../components/engine/engine-host.ts";
import { dockerClient } from "../../components/engine/client.ts";
import { orUndefined } from "../../components/engine/errors.ts";
import { HOST_KEY, LET_IN, machineOptions } from "../../components/hosts/simulated/container.ts";
import { addressOf } from "../../components/hosts/simulated/machine.ts";
import { makeSite } from "../../components/hosts/simulated/site.ts";
import { type SiteFacts, SITE_LABEL } from "../../components/hosts/simulated/types.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { type Workbench, up as workbenchUp } from "../../workbench/index.ts";
import { removeLabelled } from "../../workbench/labelled.ts";
import { loadImage } from "./build-image.ts";
import { COUNT_LOGINS, makeKey } from "./simulated.ts";

const CONTEXT = "components/hosts/simulated/image";
/** Both networks of a machine; those of its containers are other ones. */
const CABLES =
  "iptables -w -t raw DO PREROUTING -i eth+ -j DROP && iptables -w -t mangle DO POSTROUTING -o eth+ -j DROP";

export class MachineBench {
  readonly name: string;
  readonly docker: Docker;
  /** The private key that all machines of the bench let in as `deploy`. */
  readonly identityFile: string;
  readonly #folder: string;
  readonly #workbench: Workbench;
  /** The network in which machines are reached, and the one that they have for themselves. */
  #site: SiteFacts | undefined;
  #machines = 0;

  private constructor(name: string, workbench: Workbench, folder: string) {
    this.name = name;
    this.docker = dockerClient(workbench.dockerHost);
    this.#workbench = workbench;
    this.#folder = folder;
    this.identityFile = join(folder, "id");
  }

  static async create(purpose: string, target: "release" | "engine" = "engine") {
    const workbench = await workbenchUp();
    const prefix = `longshore-machines-${purpose}-`;
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix));
    for (const name of left) rmSync(join(tmpdir(), name), { recursive: true });
    const folder = mkdtempSync(join(tmpdir(), prefix));
    const bench = new MachineBench(`longshore-e2e-${purpose}`, workbench, folder);
    await bench.#sweep();
    await makeKey(bench.identityFile);
    await loadImage(workbench, bench.name, CONTEXT, { target });
    bench.#site = await makeSite({ site: bench.name, dockerHost: workbench.dockerHost });
    return bench;
  }

  /** The network in which the machines are reached. */
  get outside(): string {
    return this.#networks.outside.name;
  }

  get #networks(): SiteFacts {
    if (this.#site === undefined) throw new Error("The bench has no networks.");
    return this.#site;
  }

  /** Of everything that goes with the bench. */
  get labels(): Record<string, string> {
    return { "longshore.test": this.name };
  }

  /**
   * Starts a machine. What it returns is its sshd, with the host key that it made.
   * @param options in place of those that a machine has.
   */
  async machine(name: string, options: Docker.HostConfig = {}): Promise<SshTarget> {
    const container = `${this.name}-${name}`;
    await this.docker.createVolume({ Name: container, Labels: this.labels });
    const { Env, HostConfig } = machineOptions(container);
    const { outside, inside } = this.#networks;
    // Fixed addresses, which it has again when it is switched on again.
    const number = ++this.#machines;
    const at = ({ subnet }: { subnet: string }) => ({
      IPAMConfig: { IPv4Address: addressOf(subnet, number) },
    });
    const created = await this.docker.createContainer({
      name: container,
      Hostname: name,
      Image: this.name,
      Labels: this.labels,
      Env,
      HostConfig: { ...HostConfig, ...options, NetworkMode: outside.name },
      NetworkingConfig: { EndpointsConfig: { [outside.name]: at(outside) } },
    });
    const own = this.docker.getNetwork(inside.name);
    await own.connect({ Container: container, EndpointConfig: at(inside) });
    await created.start();
    const publicKey = readFileSync(`${this.identityFile}.pub`, "utf8").trim();
    await this.run(name, LET_IN, `${publicKey}\n`);
    const hostKey = await this.run(name, HOST_KEY);
    const { identityFile } = this;
    const { NetworkSettings } = await created.inspect();
    const host = NetworkSettings.Networks[outside.name]?.IPAddress ?? "";
    return { user: "deploy", host, hostKey: hostKey.trim(), identityFile };
  }

  /** A machine's address in the network that the machines have for themselves. */
  async privateAddress(name: string): Promise<string> {
    const { NetworkSettings } = await this.docker.getContainer(`${this.name}-${name}`).inspect();
    return NetworkSettings.Networks[this.#networks.inside.name]?.IPAddress ?? "";
  }

  /** Brings an image with a shell to a machine's engine, by SSH. @returns its name there. */
  lendBase(target: SshTarget): Promise<string> {
    return this.lend(target, "-", "FROM debian:trixie-slim AS release\n");
  }

  /** The same with an image of a context. @param input where that is `-`: a Dockerfile alone. */
  async lend(target: SshTarget, context: string, input = ""): Promise<string> {
    await loadImage(this.#workbench, this.#base, context, { input });
    const archive = await this.docker.getImage(this.#base).get();
    await text(Readable.from(await dockerClient({ ssh: target }).loadImage(archive)));
    return this.#base;
  }

  get #base(): string {
    return `${this.name}-base`;
  }

  /** Runs a script on a machine as root, past its sshd. @throws if it fails. */
  async run(name: string, script: string, input?: string): Promise<string> {
    const host = connectHost("bench", this.#workbench.dockerHost);
    const command = ["bash", "-c", script];
    const { exitCode, stdout, stderr } = await host.exec(`${this.name}-${name}`, command, input);
    if (exitCode !== 0) throw new Error(`${name}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Removes one machine, with its disk. */
  async scrap(name: string): Promise<void> {
    const container = `${this.name}-${name}`;
    await orUndefined(this.docker.getContainer(container).remove({ force: true, v: true }));
    await orUndefined(this.docker.getVolume(container).remove());
  }

  /** Takes a machine's power. */
  async switchOff(name: string): Promise<void> {
    await this.docker.getContainer(`${this.name}-${name}`).kill();
  }

  /** Gives it back: the machine boots. */
  async switchOn(name: string): Promise<void> {
    await this.docker.getContainer(`${this.name}-${name}`).start();
  }

  /** Pulls a machine's cables: nothing comes in or goes out, and nobody is told. */
  async cutOff(name: string): Promise<void> {
    await this.run(name, CABLES.replaceAll("DO", "-I"));
  }

  /** Plugs them in again. */
  async reconnect(name: string): Promise<void> {
    await this.run(name, CABLES.replaceAll("DO", "-D"));
  }

  /** How often somebody has logged in to a machine. */
  async logins(name: string): Promise<number> {
    return Number(await this.run(name, COUNT_LOGINS));
  }

  async remove(): Promise<void> {
    await this.#sweep();
    for (const image of [this.name, this.#base]) {
      const found = await orUndefined(this.docker.getImage(image).inspect());
      if (found !== undefined) await this.docker.getImage(image).remove({ force: true });
    }
    rmSync(this.#folder, { recursive: true });
  }

  async #sweep(): Promise<void> {
    await removeLabelled(this.docker, `longshore.test=${this.name}`);
    await removeLabelled(this.docker, `${SITE_LABEL}=${this.name}`);
  }
}
