/** A plain script by ssh as a peer: the least that anybody would write. It proves nothing healthy and keeps no request. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { shellQuote } from "../../components/ssh/options.ts";
import { type Contender, NO_CHANGE } from "./contender.ts";
import {
  type Container,
  ENGINE_FILE,
  ENGINE_SETTINGS,
  NETWORK,
  PROXY_CONFIGURATION,
  PROXY_FILE,
  Peer,
  type PeerRequest,
} from "./peer.ts";

export async function script(request: PeerRequest): Promise<Contender> {
  const peer = await Peer.create("script", request);
  const { folder, env, fleet } = peer;
  const run = async () => {
    const machines = fleet.machines.map(({ address }) => `${address}\n`);
    writeFileSync(join(folder, "machines"), machines.join(""));
    for (const machine of fleet.machines) {
      const text = machineScript(peer.containers(machine));
      writeFileSync(join(folder, `${machine.address}.sh`), text);
    }
    const deploy = join(import.meta.dirname, "script/deploy.sh");
    await execa("bash", [deploy, folder], { env, stdin: "ignore" });
  };
  return {
    ...{ tool: "shell script", fleet, install: run, again: [{ name: NO_CHANGE, run }] },
    ...{ want: (version) => peer.want(version), release: run },
    ...{ disconnect: () => peer.disconnect(), remove: () => peer.remove() },
  };
}

/** What machine.sh is followed by. */
function machineScript(containers: Container[]): string {
  const lines = [
    ["file", ENGINE_FILE, ENGINE_SETTINGS],
    ["engine"],
    ["file", PROXY_FILE, PROXY_CONFIGURATION.trimEnd()],
    ["network", NETWORK],
    ...containers.map(({ name, image, environment, command, volumes, ports }) => [
      ...["container", name, "--network", NETWORK, "--network-alias", name],
      ...["--restart", "unless-stopped"],
      ...Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      ...volumes.flatMap((volume) => ["--volume", volume]),
      ...ports.flatMap((port) => ["--publish", port]),
      ...[image, ...command],
    ]),
  ];
  return lines.map((words) => `${words.map(shellQuote).join(" ")}\n`).join("");
}
