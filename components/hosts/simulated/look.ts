/** A look at simulated machines before a plan is made. */
import { randomBytes } from "node:crypto";
import type { EngineAddress } from "../../engine/address.ts";
import { dockerClient } from "../../engine/client.ts";
import { connectHost } from "../../engine/engine-host.ts";
import { ignoring, orUndefined } from "../../engine/errors.ts";
import type { PlannedEngine } from "../inspect.ts";
import { EngineError, allOrProblems } from "../probe.ts";
import { HOST_KEY } from "./container.ts";
import { GENERATION_LABEL, machineName } from "./machine.ts";
import { networkName } from "./site.ts";

export interface MachineLook {
  /** The site's name. */
  site: string;
  /** The machine's. */
  name: string;
  /** The engine that it is on. */
  dockerHost: EngineAddress;
  identityFile: string;
  /** Whether one that is gone is made anew, with an empty disk. @default false */
  replace?: boolean;
}

/** What there is of a machine. */
export interface FoundMachine {
  name: string;
  /** Tells this machine from one that is made in its place. */
  generation: string;
  /** Its engine, for `inspectHosts`; absent: the update makes the machine. */
  engine?: PlannedEngine;
}

interface Connected {
  IPAMConfig?: { IPv4Address?: string } | null;
}

/**
 * Finds machines, and starts those that are stopped.
 * @returns them in the order of the looks.
 * @throws EngineError naming every one that is gone and has only its disk left.
 */
export function lookAtMachines(looks: MachineLook[]): Promise<FoundMachine[]> {
  return allOrProblems(looks.map(find));
}

async function find(look: MachineLook): Promise<FoundMachine> {
  const { site, name, dockerHost, identityFile, replace = false } = look;
  const docker = dockerClient(dockerHost);
  const container = machineName(site, name);
  const found = await orUndefined(docker.getContainer(container).inspect());
  const generation = found?.Config.Labels[GENERATION_LABEL];
  if (found === undefined || generation === undefined) {
    const disk = await orUndefined(docker.getVolume(container).inspect());
    if (disk !== undefined && !replace) {
      throw new EngineError(
        `Machine \`${name}\` is gone: its disk (volume \`${container}\`) is left, and its container is not. ` +
          `To make it anew, empty: \`longshore hosts forget ${name}\`, then an update with LONGSHORE_REPLACE_MACHINE=${name} ` +
          "in its environment. To go on without it, take it out of the program after the first of these.",
      );
    }
    return { name, generation: randomBytes(4).toString("hex") };
  }
  if (!found.State.Running) await ignoring([304], docker.getContainer(container).start());
  const host = connectHost(name, dockerHost);
  const key = await host.exec(container, ["bash", "-c", HOST_KEY], undefined, { seconds: 30 });
  const networks = found.NetworkSettings.Networks as Record<string, Connected | undefined>;
  const address = networks[networkName(site, "outside")]?.IPAMConfig?.IPv4Address;
  if (key.exitCode !== 0 || address === undefined) return { name, generation };
  const ssh = { user: "deploy", host: address, hostKey: key.stdout.trim(), identityFile };
  return { name, generation, engine: { name, dockerHost: { ssh }, installs: true } };
}
