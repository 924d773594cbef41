/** Docker Compose as a peer: `docker compose up -d`, as people type it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { ensureTool } from "../../toolchain/index.ts";
import type { PeerSystem } from "./peer-system.ts";

export class Compose {
  readonly system: PeerSystem;
  readonly #compose: string;

  private constructor(system: PeerSystem, compose: string) {
    this.system = system;
    this.#compose = compose;
  }

  static async create(system: PeerSystem): Promise<Compose> {
    return new Compose(system, await ensureTool("compose"));
  }

  async converge(): Promise<void> {
    const { containers, label, folder, dockerHost } = this.system;
    const labels = (service: string) => ({
      "longshore.bench": label,
      "longshore.bench.service": service,
    });
    const definition = {
      name: label,
      networks: { default: { labels: labels("network") } },
      services: Object.fromEntries(
        containers.map(({ name, image, environment, command, mounts = {}, ports = {} }) => [
          name,
          {
            image,
            environment,
            ...(command === undefined ? {} : { command }),
            labels: labels(name),
            restart: "unless-stopped",
            volumes: Object.entries(mounts).map(([from, to]) => `${from}:${to}:ro`),
            ports: Object.entries(ports).map(([from, to]) => `127.0.0.1:${from}:${to}`),
          },
        ]),
      ),
    };
    writeFileSync(join(folder, "compose.yaml"), stringify(definition));
    await execa(this.#compose, ["up", "--detach"], {
      cwd: folder,
      env: { DOCKER_HOST: dockerHost },
      stdin: "ignore",
    });
  }
}
