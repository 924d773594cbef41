/**
 * Ansible as a peer: a playbook of `community.docker` over SSH, as one that knows it writes it: pipelining, one
 * connection for each machine that stays, all machines at once, no facts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { installAnsible } from "../local/ansible.ts";
import { type Contender, NO_CHANGE } from "./contender.ts";
import {
  ENGINE_FILE,
  ENGINE_SETTINGS,
  NETWORK,
  PROXY_CONFIGURATION,
  PROXY_FILE,
  Peer,
  type PeerRequest,
} from "./peer.ts";

/** Its modules need Python on the machine, and those of `community.docker` its HTTP library. */
const PYTHON =
  "command -v python3 >/dev/null && exit 0; export DEBIAN_FRONTEND=noninteractive; " +
  "apt-get update -q && apt-get install -q --yes --no-install-recommends python3 python3-apt python3-requests";

export async function ansible(request: PeerRequest): Promise<Contender> {
  const bin = await installAnsible();
  const peer = await Peer.create("ansible", request);
  const { folder, env, fleet } = peer;
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const run = async () => {
    write("ansible.cfg", configuration(folder, fleet.machines.length));
    write("site.yaml", stringify(playbook()));
    write("hosts.yaml", stringify(inventory(peer)));
    await execa(join(bin, "python3"), ["-m", "ansible", "playbook", "site.yaml"], {
      cwd: folder,
      env: { ...env, ANSIBLE_NOCOLOR: "1", ANSIBLE_HOME: join(folder, ".ansible") },
      stdin: "ignore",
    });
  };
  return {
    ...{ tool: "Ansible", fleet, install: run, again: [{ name: NO_CHANGE, run }] },
    ...{ want: (version) => peer.want(version), release: run },
    ...{ disconnect: () => peer.disconnect(), remove: () => peer.remove() },
  };
}

function configuration(folder: string, forks: number): string {
  return [
    "[defaults]",
    "inventory = hosts.yaml",
    `forks = ${forks}`,
    "interpreter_python = /usr/bin/python3",
    "[ssh_connection]",
    "pipelining = True",
    // With ControlMaster and ControlPersist.
    `ssh_args = -F ${join(folder, "ssh_config")}`,
    "",
  ].join("\n");
}

function inventory(peer: Peer) {
  const hosts = peer.fleet.machines.map((machine) => [
    machine.name,
    { ansible_host: machine.address, containers: peer.containers(machine) },
  ]);
  return { all: { hosts: Object.fromEntries(hosts) as unknown } };
}

function playbook() {
  const docker = (name: string) => `community.docker.docker_${name}`;
  return [
    {
      ...{ hosts: "all", become: true, gather_facts: false },
      tasks: [
        { name: "Python", "ansible.builtin.raw": PYTHON, changed_when: false },
        {
          name: "folders",
          "ansible.builtin.file": { path: "{{ item }}", state: "directory", mode: "0755" },
          loop: ["/etc/docker", "/etc/identidock"],
        },
        { name: "engine's settings", ...file(ENGINE_FILE, ENGINE_SETTINGS) },
        {
          name: "engine",
          "ansible.builtin.apt": {
            ...{ name: ["docker.io", "docker-cli"], install_recommends: false },
          },
        },
        { name: "proxy's configuration", ...file(PROXY_FILE, PROXY_CONFIGURATION) },
        { name: "network", [docker("network")]: { name: NETWORK } },
        {
          name: "containers",
          loop: "{{ containers }}",
          loop_control: { label: "{{ item.name }}" },
          [docker("container")]: {
            ...{ name: "{{ item.name }}", image: "{{ item.image }}" },
            ...{ env: "{{ item.environment }}", restart_policy: "unless-stopped" },
            command: "{{ item.command if item.command else omit }}",
            networks: [{ name: NETWORK, aliases: ["{{ item.name }}"] }],
            ...{ volumes: "{{ item.volumes }}", published_ports: "{{ item.ports }}" },
          },
        },
      ],
    },
  ];
}

function file(dest: string, content: string) {
  return { "ansible.builtin.copy": { dest, content, mode: "0644" } };
}
