/** The containers of the system under load, on all of its hosts. */
import type Docker from "dockerode";

/** One of the system's containers. */
export interface FoundContainer {
  id: string;
  host: string;
  name: string;
  running: boolean;
}

export class Containers {
  readonly #engines: Record<string, Docker>;
  readonly #found = new Map<string, Docker.Container>();

  /** @param engines host → its engine. */
  constructor(engines: Record<string, Docker>) {
    this.#engines = engines;
  }

  /** All with a label, running or not, by service. */
  async find(label: string): Promise<Record<string, FoundContainer[]>> {
    const filters = { label: [label] };
    const lists = Object.entries(this.#engines).map(async ([host, docker]) => {
      const list = await docker.listContainers({ all: true, filters });
      return { host, docker, list };
    });
    const byService: Record<string, FoundContainer[]> = {};
    for (const { host, docker, list } of await Promise.all(lists)) {
      for (const { Id: id, Names, State, Labels } of list) {
        const entry = { id, host, name: (Names[0] ?? "").slice(1), running: State === "running" };
        (byService[Labels["longshore.service"] ?? "?"] ??= []).push(entry);
        this.#found.set(id, docker.getContainer(id));
      }
    }
    return byService;
  }

  /** One of those that were found. */
  get(id: string): Docker.Container {
    const found = this.#found.get(id);
    if (found === undefined) throw new Error(`no container ${id} was found`);
    return found;
  }
}
