/**
 * What stands in for a cloud's hypervisors: each machine that is asked for boots in a container, with its user data and
 * a real cloud-init; volumes are files that outlive it, load balancers an HAProxy. Everything carries one label.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { dockerClient } from "../../../components/engine/client.ts";
import { connectHost } from "../../../components/engine/engine-host.ts";
import { proxyContext } from "../../../components/fleet/index.ts";
import { balancerConfig } from "../../../components/hosts/simulated/balancer.ts";
import { machineOptions } from "../../../components/hosts/simulated/container.ts";
import { addressOf } from "../../../components/hosts/simulated/machine.ts";
import { makeSite } from "../../../components/hosts/simulated/site.ts";
import { SITE_LABEL, type SiteFacts } from "../../../components/hosts/simulated/types.ts";
import type { Workbench } from "../../../workbench/index.ts";
import { removeLabelled } from "../../../workbench/labelled.ts";
import { loadImage } from "../build-image.ts";

const CONTEXT = "components/hosts/simulated/image";
const SEED = "/var/lib/cloud/seed/nocloud";
const VOLUMES = "/var/lib/cloud-volumes";
const attach = readFileSync(new URL("./attach.sh", import.meta.url), "utf8");

/** Addresses of a machine: where people reach it, and in the network that machines have for themselves. */
export interface Addresses {
  outside: string;
  inside: string;
}

export class CloudMachines {
  readonly name: string;
  readonly docker: Docker;
  readonly #workbench: Workbench;
  readonly #folder: string;
  readonly #site: SiteFacts;
  /** Numbers of the addresses that are in use. */
  readonly #numbers = new Map<string, number>();
  #reserved = 0;

  private constructor(name: string, workbench: Workbench, folder: string, site: SiteFacts) {
    this.name = name;
    this.docker = dockerClient(workbench.dockerHost);
    this.#workbench = workbench;
    this.#folder = folder;
    this.#site = site;
  }

  /** @param purpose unique among test files: what an earlier run left is removed by it. */
  static async create(workbench: Workbench, purpose: string): Promise<CloudMachines> {
    const name = `longshore-cloud-${purpose}`;
    const prefix = `${name}-`;
    const left = readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix));
    const docker = dockerClient(workbench.dockerHost);
    await removeLabelled(docker, `${SITE_LABEL}=${name}`);
    for (const entry of left) rmSync(join(tmpdir(), entry), { recursive: true });
    const input = [
      "components/hosts/simulated/image/Dockerfile",
      "test/support/cloud/Dockerfile.cloud",
    ]
      .map((file) => readFileSync(file, "utf8"))
      .join("");
    await loadImage(workbench, `${name}-machine`, CONTEXT, { target: "cloud", input });
    await loadImage(workbench, `${name}-balancer`, proxyContext);
    const site = await makeSite({ site: name, dockerHost: workbench.dockerHost });
    return new CloudMachines(name, workbench, mkdtempSync(join(tmpdir(), prefix)), site);
  }

  /** The private network's. */
  get range(): string {
    return this.#site.inside.subnet;
  }

  /** @param name unique here; its host name is another matter. */
  async boot(name: string, userData: string, hostName: string): Promise<Addresses> {
    const { Env, HostConfig } = machineOptions("");
    const at = this.#take(name);
    const created = await this.docker.createContainer({
      ...{ name: this.#container(name), Hostname: hostName, Image: `${this.name}-machine`, Env },
      Labels: { [SITE_LABEL]: this.name },
      HostConfig: {
        ...HostConfig,
        Binds: ["/sys/fs/cgroup:/sys/fs/cgroup:rw", `${this.#folder}:${VOLUMES}:rw`],
        NetworkMode: this.#site.outside.name,
      },
      NetworkingConfig: {
        EndpointsConfig: { [this.#site.outside.name]: { IPAMConfig: { IPv4Address: at.outside } } },
      },
    });
    await this.#joinInside(created, at);
    const seed = pack();
    seed.entry({ name: "user-data" }, userData);
    seed.entry(
      { name: "meta-data" },
      `instance-id: ${created.id.slice(0, 12)}\nlocal-hostname: ${hostName}\n`,
    );
    seed.finalize();
    await created.putArchive(await buffer(seed), { path: SEED });
    await created.start();
    return at;
  }

  async halt(name: string): Promise<void> {
    await this.#get(name).stop({ t: 30 });
  }

  async remove(name: string): Promise<void> {
    await this.#get(name).remove({ force: true, v: true });
    this.#numbers.delete(name);
  }

  /** @param size GiB, which nothing takes before it is written. */
  makeVolume(id: string, size: number): void {
    const file = join(this.#folder, id);
    writeFileSync(file, "");
    truncateSync(file, size * 1024 ** 3);
  }

  removeVolume(id: string): void {
    rmSync(join(this.#folder, id), { force: true });
  }

  /** @param device its name on the machine, below /dev/disk/by-id. */
  async attach(name: string, id: string, device: string): Promise<void> {
    const script = `FILE=${VOLUMES}/${id} NAME=${device}\n${attach}`;
    // A machine that has only just been started cannot do it yet.
    await this.run(name, `until systemctl is-active -q dbus; do sleep 0.2; done\n${script}`);
  }

  /** Pulled out, whoever uses it. */
  async detach(name: string, device: string): Promise<void> {
    await this.run(name, `systemctl stop volume-$(basename ${device}); rm -f ${device}`);
  }

  /** @returns its address. */
  async startBalancer(name: string): Promise<string> {
    mkdirSync(join(this.#folder, name));
    const at = this.#take(name);
    const created = await this.docker.createContainer({
      ...{ name: this.#container(name), Image: `${this.name}-balancer`, User: "0" },
      Cmd: [
        "sh",
        "-c",
        "until [ -s /cfg/haproxy.cfg ]; do sleep 0.1; done; exec haproxy -W -db -f /cfg/haproxy.cfg",
      ],
      Labels: { [SITE_LABEL]: this.name },
      HostConfig: {
        NetworkMode: this.#site.outside.name,
        Binds: [`${join(this.#folder, name)}:/cfg:ro`],
      },
      NetworkingConfig: {
        EndpointsConfig: { [this.#site.outside.name]: { IPAMConfig: { IPv4Address: at.outside } } },
      },
    });
    await this.#joinInside(created, at);
    await created.start();
    return at.outside;
  }

  /** @param targets addresses by name; ports as a forwarding rule has them. */
  async balance(
    name: string,
    port: number,
    to: number,
    targets: Record<string, string>,
  ): Promise<void> {
    const config = balancerConfig(to, targets).replace(`bind :${to}`, `bind :${port}`);
    const file = join(this.#folder, name, "haproxy.cfg");
    const isFirst = !readdirSync(join(this.#folder, name)).includes("haproxy.cfg");
    writeFileSync(file, config);
    if (!isFirst) await this.#get(name).kill({ signal: "SIGUSR2" });
  }

  /** An address that no machine has by itself. */
  reserve(): string {
    return addressOf(this.#site.outside.subnet, 201 + this.#reserved++);
  }

  /** Gives a machine an address more, or takes it. */
  async address(name: string, ip: string, change: "add" | "del"): Promise<void> {
    const dev = "dev=$(ip -o route show default | grep -o 'dev [^ ]*' | cut -d' ' -f2)";
    await this.run(name, `${dev}; ip address ${change} ${ip}/32 dev "$dev"`);
  }

  /** Runs a script on a machine as root, past its sshd. @throws if it fails. */
  async run(name: string, script: string): Promise<string> {
    const host = connectHost("cloud", this.#workbench.dockerHost);
    const command = ["bash", "-c", script];
    const { exitCode, stdout, stderr } = await host.exec(
      this.#container(name),
      command,
      undefined,
      {
        seconds: 120,
      },
    );
    if (exitCode !== 0) throw new Error(`${name}: ${stdout}${stderr}`);
    return stdout;
  }

  async removeAll(): Promise<void> {
    await removeLabelled(this.docker, `${SITE_LABEL}=${this.name}`);
    for (const image of ["machine", "balancer"]) {
      await this.docker.getImage(`${this.name}-${image}`).remove({ force: true });
    }
    rmSync(this.#folder, { recursive: true });
  }

  async #joinInside({ id }: Docker.Container, { inside }: Addresses): Promise<void> {
    const EndpointConfig = { IPAMConfig: { IPv4Address: inside } };
    const network = this.docker.getNetwork(this.#site.inside.name);
    await network.connect({ Container: id, EndpointConfig });
  }

  /** The next addresses that are free. */
  #take(name: string): Addresses {
    const taken = new Set(this.#numbers.values());
    let number = 1;
    while (taken.has(number)) number++;
    this.#numbers.set(name, number);
    const { outside, inside } = this.#site;
    return { outside: addressOf(outside.subnet, number), inside: addressOf(inside.subnet, number) };
  }

  #container(name: string): string {
    return `${this.name}-${name}`;
  }

  #get(name: string): Docker.Container {
    return this.docker.getContainer(this.#container(name));
  }
}
