/** Ansible as a peer: a playbook of `community.docker`, converged by `ansible-playbook`, as people type it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { installPython } from "../../test/support/python.ts";
import type { PeerSystem } from "./peer-system.ts";

/** From PyPI: ansible-core with its collections, `community.docker` among them; and what that needs. */
const PACKAGES = ["ansible==12.3.0", "requests==2.34.2"];

/** @throws if there is no Python 3 with venv, or PyPI is out of reach. */
export async function installAnsible(): Promise<string> {
  return join(await installPython(`bench-${PACKAGES[0]}`, PACKAGES), "bin");
}

export class Ansible {
  readonly system: PeerSystem;
  readonly #bin: string;

  constructor(system: PeerSystem, bin: string) {
    this.system = system;
    this.#bin = bin;
  }

  /** `ansible-playbook site.yaml`. Returns what it says at its end, e.g. `ok=5 changed=0`. */
  async converge(): Promise<string> {
    const { system } = this;
    writeFileSync(join(system.folder, "site.yaml"), stringify(playbook(system, this.#bin)));
    const args = ["-m", "ansible", "playbook", "-i", "localhost,", "site.yaml"];
    const { stdout } = await execa(join(this.#bin, "python3"), args, {
      cwd: system.folder,
      env: { ANSIBLE_NOCOLOR: "1", ANSIBLE_HOME: join(system.folder, ".ansible") },
      stdin: "ignore",
    });
    return /ok=.*$/m.exec(stdout)?.[0] ?? "";
  }
}

/** One play: the network, then each container in a task of its own. No facts are gathered. */
function playbook(system: PeerSystem, bin: string) {
  const { dockerHost, label, containers } = system;
  return [
    {
      hosts: "localhost",
      connection: "local",
      gather_facts: false,
      vars: { ansible_python_interpreter: join(bin, "python3") },
      module_defaults: { "group/community.docker.docker": { docker_host: dockerHost } },
      tasks: [
        {
          name: "network",
          "community.docker.docker_network": { name: label, labels: system.labels("network") },
        },
        ...containers.map(({ name, image, environment, command, labels, volumes, ports }) => ({
          name,
          "community.docker.docker_container": {
            name: `${label}-${name}`,
            image,
            env: environment,
            ...(command === undefined ? {} : { command }),
            labels,
            restart_policy: "unless-stopped",
            networks: [{ name: label, aliases: [name] }],
            volumes,
            published_ports: ports,
          },
        })),
      ],
    },
  ];
}
