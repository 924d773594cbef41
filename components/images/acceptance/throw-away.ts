/**
 * What an acceptance test has on an engine, all of it to be thrown away: a network, containers, and a tag of the image.
 * The network is made first and removed last, and says by its labels whose it all is. So what a killed test has left is
 * told from what another one uses: its process does not run any more, or its time is up.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type Docker from "dockerode";
import { ignoring } from "../../engine/errors.ts";
import { mayRun } from "../../hosts/running.ts";

/** On everything; its value is the test's id. */
export const LABEL = "longshore.acceptance";
/** Repository of the tags; the tag is the test's id. */
export const REPOSITORY = "longshore-acceptance";

/** Whose a test is: labels of its network. */
const OWNER = { pid: `${LABEL}.pid`, machine: `${LABEL}.machine`, until: `${LABEL}.until` };
/** Seconds beyond its own time in which a test has surely ended: for the image's way to the engine, and clocks. */
const MARGIN = 3600;

const COMMON = {
  SecurityOpt: ["no-new-privileges:true"],
  // Whatever the engine's own is: what is printed is read.
  LogConfig: { Type: "local", Config: {} },
};

export class ThrowAway {
  readonly id: string;
  readonly docker: Docker;
  readonly #network: string;

  private constructor(docker: Docker, id: string) {
    this.docker = docker;
    this.id = id;
    this.#network = `${REPOSITORY}-${id}`;
  }

  /**
   * Begins with the network.
   * @param seconds that the test may take at most.
   */
  static async open(docker: Docker, seconds: number): Promise<ThrowAway> {
    const own = new ThrowAway(docker, randomBytes(6).toString("hex"));
    await docker.createNetwork({
      Name: own.#network,
      Labels: {
        [LABEL]: own.id,
        [OWNER.pid]: String(process.pid),
        [OWNER.machine]: thisMachine(),
        [OWNER.until]: new Date(Date.now() + (seconds + MARGIN) * 1000).toISOString(),
      },
    });
    return own;
  }

  /** What the image is called while the test runs. */
  get tag(): string {
    return `${REPOSITORY}:${this.id}`;
  }

  /** A container in the network. @param name how the others reach it, if they do. */
  container(
    name: string | undefined,
    options: Docker.ContainerCreateOptions,
  ): Promise<Docker.Container> {
    const Aliases = name === undefined ? [] : [name];
    return this.docker.createContainer({
      ...options,
      name: [this.#network, ...Aliases].join("-"),
      Labels: { [LABEL]: this.id },
      HostConfig: {
        NetworkMode: this.#network,
        Init: true,
        ...COMMON,
      },
      NetworkingConfig: { EndpointsConfig: { [this.#network]: { Aliases } } },
    });
  }

  /** Runs a program in the network of another container, to its end; what it printed. */
  async inNetworkOf(container: string, image: string, program: string[]): Promise<Buffer> {
    const helper = await this.docker.createContainer({
      Image: image,
      Entrypoint: program,
      Cmd: [],
      Labels: { [LABEL]: this.id },
      HostConfig: {
        NetworkMode: `container:${container}`,
        CapDrop: ["ALL"],
        ...COMMON,
      },
    });
    try {
      await helper.start();
      await helper.wait();
      return await helper.logs({ stdout: true });
    } finally {
      await ignoring([404, 409], helper.remove({ force: true, v: true }));
    }
  }

  remove(): Promise<void> {
    return remove(this.docker, this.id);
  }
}

/** Removes what tests have left that were killed. Returns how many. */
export async function sweep(docker: Docker): Promise<number> {
  // The networks last: whatever is seen before has one, unless it is left over.
  const found = [...(await containersOf(docker)), ...(await tagsOf(docker))];
  const networks = await networksOf(docker);
  const living = networks.filter((labels) => mayLive(labels)).map((labels) => labels[LABEL] ?? "");
  const all = new Set([...found, ...networks.map((labels) => labels[LABEL] ?? "")]);
  const left = [...all].filter((id) => !living.includes(id));
  for (const id of left) await remove(docker, id);
  return left.length;
}

async function remove(docker: Docker, id: string): Promise<void> {
  const filters = { label: [`${LABEL}=${id}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const all = containers.map(({ Id }) => docker.getContainer(Id));
  // 409: it is being removed already.
  await Promise.all(all.map((one) => ignoring([404, 409], one.remove({ force: true, v: true }))));
  await ignoring([404], docker.getImage(`${REPOSITORY}:${id}`).remove());
  for (const { Id } of await docker.listNetworks({ filters })) {
    await ignoring([404], docker.getNetwork(Id).remove());
  }
}

async function containersOf(docker: Docker): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [LABEL] } });
  return found.map(({ Labels }) => Labels[LABEL] ?? "");
}

async function tagsOf(docker: Docker): Promise<string[]> {
  const found = await docker.listImages({
    filters: JSON.stringify({ reference: [REPOSITORY] }),
  });
  const tags = found.flatMap(({ RepoTags }) => RepoTags ?? []);
  return tags.map((tag) => tag.slice(tag.lastIndexOf(":") + 1));
}

async function networksOf(docker: Docker): Promise<Record<string, string>[]> {
  const found = await docker.listNetworks({ filters: { label: [LABEL] } });
  return found.map(({ Labels }) => Labels ?? {});
}

/** Whether a test may still go on. Of another machine's, or from before this one's last start, only its time tells. */
export function mayLive(labels: Record<string, string>, now = Date.now()): boolean {
  const until = Date.parse(labels[OWNER.until] ?? "");
  if (!(until > now)) return false;
  return labels[OWNER.machine] !== thisMachine() || mayRun(Number(labels[OWNER.pid]));
}

/** Tells machines apart, and one machine from itself before it was started anew. */
function thisMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return hostname(); // not Linux
  }
}
