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
    const { system } = this;
    const { containers, label, folder, dockerHost } = system;
    const definition = {
      name: label,
      networks: { default: { labels: system.labels("network") } },
      services: Object.fromEntries(
        containers.map(({ name, ...container }) => [
          name,
          { ...container, restart: "unless-stopped" },
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
