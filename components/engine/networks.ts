/** A host's networks: subnets that are free, and containers in more than one network. */
import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { ignoring, isAnswer, orUndefined, reasonOf } from "./errors.ts";
import { helperLabels } from "./helper.ts";

/** A subnet that nobody else on the host is given until it is released. */
export interface HeldSubnet {
  subnet: string;
  release(): Promise<void>;
}

export interface HostNetworks {
  /**
   * Keeps a subnet from others, by an empty network.
   * @param subnet absent: the engine chooses one.
   * @throws with the engine's reason if that is not free.
   */
  hold(stack: string, subnet?: string): Promise<HeldSubnet>;
  /** Releases what a crashed process of the stack still holds. */
  sweep(stack: string): Promise<void>;
  /**
   * Brings a container that may run into the networks that `like`, which does not, will be in: at the same
   * addresses, under the same names.
   * @returns the networks that it was not in before.
   */
  join(container: string, like: string): Promise<string[]>;
  /** Takes a container out of a network. Safe to repeat. */
  leave(container: string, network: string): Promise<void>;
}

/** Value of the label `longshore.helper` on networks that hold a subnet. */
const SUBNET = "subnet";

export class EngineNetworks implements HostNetworks {
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async hold(stack: string, subnet?: string): Promise<HeldSubnet> {
    const network = await this.#docker
      .createNetwork({
        Name: `longshore-subnet-${randomBytes(6).toString("hex")}`,
        Labels: helperLabels(SUBNET, { "longshore.stack": stack }),
        ...(subnet === undefined
          ? {}
          : { IPAM: { Driver: "default", Config: [{ Subnet: subnet }] } }),
      })
      .catch((error: unknown) => {
        throw isAnswer(error) ? new Error(reasonOf(error), { cause: error }) : error;
      });
    const release = () => ignoring([404], network.remove());
    try {
      const { IPAM } = await network.inspect();
      const all = (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
      return { subnet: all.find((each) => each.includes(".")) ?? all[0] ?? "none", release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async sweep(stack: string): Promise<void> {
    const label = Object.entries(helperLabels(SUBNET, { "longshore.stack": stack }));
    const filters = { label: label.map(([name, value]) => `${name}=${value}`) };
    for (const { Id } of await this.#docker.listNetworks({ filters })) {
      await ignoring([404], this.#docker.getNetwork(Id).remove());
    }
  }

  async join(container: string, like: string): Promise<string[]> {
    const [own, model] = await Promise.all(
      [container, like].map((name) => this.#docker.getContainer(name).inspect()),
    );
    const joined: string[] = [];
    for (const [network, place] of Object.entries(model?.NetworkSettings.Networks ?? {})) {
      if (own?.NetworkSettings.Networks[network] !== undefined) continue;
      const { IPAMConfig, Aliases } = place as Pick<
        Docker.EndpointSettings,
        "IPAMConfig" | "Aliases"
      >;
      const EndpointConfig = { IPAMConfig, Aliases };
      await this.#docker.getNetwork(network).connect({ Container: container, EndpointConfig });
      joined.push(network);
    }
    return joined;
  }

  async leave(container: string, network: string): Promise<void> {
    const found = await orUndefined(this.#docker.getContainer(container).inspect());
    if (found?.NetworkSettings.Networks[network] === undefined) return;
    await ignoring(
      [404],
      this.#docker.getNetwork(network).disconnect({ Container: container, Force: true }),
    );
  }
}
