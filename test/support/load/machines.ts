/** Simulated machines that the system under load runs on, and an HAProxy before them as a provider's load balancer. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectHost } from "../../../components/engine/engine-host.ts";
import { dockerClient } from "../../../components/engine/client.ts";
import type { SshHostArgs } from "../../../components/hosts/index.ts";
import { balancerConfig } from "../../../components/hosts/simulated/balancer.ts";
import type { SshTarget } from "../../../components/ssh/target.ts";
import { type Workbench, up as workbenchUp } from "../../../workbench/index.ts";
import { MachineBench } from "../machine.ts";
import { pull } from "../pull.ts";
import { freePort } from "../test-stack.ts";
import type { SystemSettings } from "./settings.ts";

/** The last one has a replica of app alone: what strikes it, strikes no service that the others call. */
export const MACHINES = ["web-1", "web-2", "web-3"] as const;
export const STRUCK = "web-3";
const PLACES = { dnmonster: "web-2", counter: "web-1", cache: "web-1" };
const PORT = 8080;
const REFUSING = fileURLToPath(new URL("./refusing-socat.sh", import.meta.url));

export class LoadMachines {
  readonly bench: MachineBench;
  readonly targets: Record<string, SshTarget> = {};
  /** Of the load balancer, on 127.0.0.1. */
  readonly port: number;
  readonly #workbench: Workbench;
  readonly #privateAddresses: Record<string, string> = {};

  private constructor(bench: MachineBench, workbench: Workbench, port: number) {
    this.bench = bench;
    this.#workbench = workbench;
    this.port = port;
  }

  /** Machines with nothing but their system. `name` must be unique among what runs at the same time. */
  static async create(name: string): Promise<LoadMachines> {
    const bench = await MachineBench.create(name, "release");
    const machines = new LoadMachines(bench, await workbenchUp(), await freePort());
    for (const machine of MACHINES) {
      machines.targets[machine] = await bench.machine(machine);
      machines.#privateAddresses[machine] = await bench.privateAddress(machine);
    }
    return machines;
  }

  /** What of the system's settings they decide. */
  settings(): Required<Pick<SystemSettings, "machines" | "places">> & { port: number } {
    // The workbench's registry is on this computer's loopback: it is open on the machines', too.
    const remoteForwards = [Number(this.#workbench.registry.split(":")[1])];
    const machines = Object.entries(this.targets).map(([name, target]): [string, SshHostArgs] => {
      const { host: address, user, hostKey, identityFile } = target;
      const privateAddress = this.#privateAddresses[name];
      const reached = { address, user, hostKey, identityFile, privateAddress };
      return [name, { ...reached, remoteForwards, docker: {} }];
    });
    return { machines: Object.fromEntries(machines), places: PLACES, port: PORT };
  }

  /** Each machine's engine, by SSH. */
  engines() {
    return Object.fromEntries(
      Object.entries(this.targets).map(([name, ssh]) => [name, dockerClient({ ssh })]),
    );
  }

  /** Address of one machine's proxy. */
  urlOf(name: string): string {
    return `http://${this.targets[name]?.host}:${PORT}`;
  }

  /** Starts the load balancer. @param image the proxy's, by digest. */
  async balance(image: string): Promise<void> {
    const { docker } = this.bench;
    await pull(docker, image);
    const addresses = Object.entries(this.targets).map(([name, { host }]) => [name, host]);
    const config = balancerConfig(PORT, Object.fromEntries(addresses) as Record<string, string>);
    const name = `${this.bench.name}-balancer`;
    const created = await docker.createContainer({
      ...{ name, Image: image, Labels: this.bench.labels },
      Cmd: ["haproxy", "-W", "-db", "-f", "/etc/balancer.cfg"],
      ExposedPorts: { [`${PORT}/tcp`]: {} },
      HostConfig: {
        NetworkMode: this.bench.outside,
        PortBindings: { [`${PORT}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(this.port) }] },
      },
    });
    const file = { name: "balancer.cfg", content: config, mode: 0o644, uid: 0, gid: 0 };
    await connectHost("balancer", this.#workbench.dockerHost).writeFiles(name, "/etc", [file]);
    await created.start();
  }

  /** Takes a machine's power or pulls its cables. @returns what undoes it, and waits until it serves by itself. */
  async strike(how: "cut off" | "switched off"): Promise<() => Promise<void>> {
    const { bench } = this;
    await (how === "cut off" ? bench.cutOff(STRUCK) : bench.switchOff(STRUCK));
    return async () => {
      await (how === "cut off" ? bench.reconnect(STRUCK) : bench.switchOn(STRUCK));
      await this.#serves(STRUCK);
    };
  }

  /** App answers, and the services of other machines that it calls. */
  async #serves(name: string): Promise<void> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const answers = await Promise.all(
        ["/", "/via", "/via?link=CACHE"].map((path) =>
          fetch(this.urlOf(name) + path, { signal: AbortSignal.timeout(5_000) }).then(
            async (answer) => (await answer.text(), answer.status),
            String,
          ),
        ),
      );
      if (answers.every((status) => status === 200)) return;
      if (Date.now() > deadline) {
        throw new Error(`${name} does not serve after 120 s: ${answers.join(", ")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Makes the next switch fail on one machine: its proxy takes that command once not. @returns what undoes it. */
  async refuseSwitch(): Promise<() => Promise<void>> {
    const { bench } = this;
    const replace = 'mv "$bin/socat" "$bin/socat.real"; install -m 755 /dev/stdin "$bin/socat"';
    await bench.run(STRUCK, `${IN_PROXY}\n${replace}`, readFileSync(REFUSING, "utf8"));
    return async () => {
      const back =
        'mv "$bin/socat.real" "$bin/socat"; docker exec "$proxy" rm -f /run/longshore/refused';
      await bench.run(STRUCK, `${IN_PROXY}\n${back}`);
    };
  }

  /** Ends each container of app that begins to run on one machine from now on. @returns what ends that. */
  async killNew(): Promise<() => Promise<void>> {
    await this.bench.run(STRUCK, `systemd-run --quiet --unit=killer bash -c '${KILLER}'`);
    return async () => {
      await this.bench.run(STRUCK, "systemctl stop killer");
    };
  }

  async destroy(): Promise<void> {
    await this.bench.remove();
  }
}

const KILLER =
  "old=$(docker ps -q); while :; do for id in $(docker ps -q --filter label=longshore.service=app); do " +
  "case $old in *$id*) ;; *) docker kill $id;; esac; done; sleep 0.1; done";

const IN_PROXY = `set -e
proxy=$(docker ps --quiet --filter label=longshore.role=proxy)
# Where the container itself may not write.
bin=$(docker inspect --format '{{.GraphDriver.Data.MergedDir}}' "$proxy")/usr/bin`;
