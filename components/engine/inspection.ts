/** What a diagnosis asks of a host beyond what a release needs: through the engine's API alone. */
import type Docker from "dockerode";
import { orUndefined, statusOf } from "./errors.ts";
import { RESTRAINED, withHelper } from "./helper.ts";

/** What a container was made from, and what it may use. */
export interface ContainerFacts {
  /** The image by digest, in every repository that the host knows it of; empty if it is gone. */
  digests: string[];
  /** What the image was built for, e.g. `linux/arm64`; undefined if it is gone. */
  platform?: string;
  /** Bytes; undefined without a limit. */
  memoryLimit?: number;
}

/** The engine and the machine it runs on. */
export interface EngineFacts {
  /** E.g. `linux/amd64`. */
  platform: string;
  /** All of the machine's memory, in bytes. */
  memory: number;
}

/** The part of a host that a diagnosis works with. */
export interface HostInspection {
  /** Undefined if there is no such container. */
  container(name: string): Promise<ContainerFacts | undefined>;
  engine(): Promise<EngineFacts>;
  /**
   * The kernel's tables of TCP sockets as a running container sees them, whatever its image holds: read
   * by a helper container in its network, made from the image of `helper` (a container's name).
   * Undefined if it does not run any more.
   */
  sockets(container: string, helper: string): Promise<string | undefined>;
  /** Bytes that each running container uses, without the files it has read or written. */
  memoryUse(): Promise<Map<string, number>>;
  /** Names of the volumes that carry the stack's label. */
  volumes(stack: string): Promise<string[]>;
  /** Removes helper containers of a stack that a crashed release left; not those that hold or wait for a lock. */
  sweepHelpers(stack: string): Promise<void>;
}

/** The inspection of a host by its engine. */
export class EngineInspection implements HostInspection {
  readonly #docker: Docker;
  readonly #logs: (container: string, lines: number) => Promise<string>;

  /** @param logs the last lines that a container printed. */
  constructor(docker: Docker, logs: (container: string, lines: number) => Promise<string>) {
    this.#docker = docker;
    this.#logs = logs;
  }

  async container(name: string): Promise<ContainerFacts | undefined> {
    const found = await orUndefined(this.#docker.getContainer(name).inspect());
    if (found === undefined) return undefined;
    const image = await orUndefined(this.#docker.getImage(found.Image).inspect());
    const limit = found.HostConfig.Memory;
    return {
      digests: image?.RepoDigests ?? [],
      ...(image === undefined ? {} : { platform: `${image.Os}/${image.Architecture}` }),
      ...(limit ? { memoryLimit: limit } : {}),
    };
  }

  async engine(): Promise<EngineFacts> {
    const [version, info] = await Promise.all([
      this.#docker.version(),
      this.#docker.info() as Promise<{ MemTotal: number }>,
    ]);
    return { platform: `${version.Os}/${version.Arch}`, memory: info.MemTotal };
  }

  async sockets(container: string, helper: string): Promise<string | undefined> {
    const [joined, lender] = await Promise.all(
      [container, helper].map((name) => orUndefined(this.#docker.getContainer(name).inspect())),
    );
    if (joined === undefined || lender === undefined || !joined.State.Running) return undefined;
    const options = {
      Image: lender.Image,
      // The second file is missing on a machine without IPv6.
      Entrypoint: ["cat", "/proc/net/tcp", "/proc/net/tcp6"],
      HostConfig: {
        ...RESTRAINED,
        NetworkMode: `container:${joined.Id}`,
        SecurityOpt: ["no-new-privileges:true"],
      },
    };
    const purpose = { use: "sockets", labels: joined.Config.Labels };
    try {
      return await withHelper(this.#docker, purpose, options, async (created) => {
        await created.start();
        await created.wait();
        return this.#logs(created.id, 2000);
      });
    } catch (error) {
      // Without a network to join: the container ended meanwhile.
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async memoryUse(): Promise<Map<string, number>> {
    const running = await this.#docker.listContainers();
    const uses = await Promise.all(
      running.map(async ({ Id, Names }) => {
        const stats = await orUndefined(
          this.#docker.getContainer(Id).stats({ stream: false, "one-shot": true }),
        );
        const used = stats === undefined ? undefined : usedMemory(stats.memory_stats);
        return [(Names[0] ?? Id).replace(/^\//, ""), used ?? 0] as const;
      }),
    );
    return new Map(uses);
  }

  async volumes(stack: string): Promise<string[]> {
    const filters = JSON.stringify({ label: [`longshore.stack=${stack}`] });
    const { Volumes } = await this.#docker.listVolumes({ filters });
    return (Volumes ?? []).map(({ Name }) => Name).sort();
  }

  async sweepHelpers(stack: string): Promise<void> {
    const left = await this.#docker.listContainers({
      all: true,
      filters: { label: [`longshore.stack=${stack}`, "longshore.helper"] },
    });
    for (const { Id, State, Labels } of left) {
      if (State === "running" && ["lock", "restore"].includes(Labels["longshore.helper"] ?? "")) {
        continue; // they end by themselves, and others may rely on them
      }
      await orUndefined(this.#docker.getContainer(Id).remove({ force: true, v: true }));
    }
  }
}

/** The engine's figures of a container's memory, by the names of cgroup v1 and v2. */
export interface MemoryStats {
  usage?: number;
  stats?: Partial<Record<string, number>>;
}

/** Bytes in use without the page cache, which the kernel gives back when it must. */
export function usedMemory({ usage, stats = {} }: MemoryStats = {}): number | undefined {
  if (usage === undefined) return undefined;
  const cache =
    (stats.total_inactive_file ?? stats.inactive_file ?? 0) +
    (stats.total_active_file ?? stats.active_file ?? 0);
  return Math.max(0, usage - cache);
}

/** 409, and 500 in engines before 23: the engine's refusal of what cannot be at the moment. */
function isRefusal(error: unknown): boolean {
  return [404, 409, 500].includes(statusOf(error) ?? 0);
}
