/** One simulated machine: made, found again and removed, through the engine that it is a container of. */
import type Docker from "dockerode";
import { dockerClient } from "../../engine/client.ts";
import { ignoring, orUndefined } from "../../engine/errors.ts";
import { connectHost } from "../../engine/engine-host.ts";
import type { Log } from "../../output/log.ts";
import { HOST_KEY, LET_IN, machineOptions } from "./container.ts";
import {
  type MachineFacts,
  type MachineRequest,
  type SiteNetwork,
  type SiteRequest,
  SITE_LABEL,
} from "./types.ts";

/** Label with the machine's generation. */
export const GENERATION_LABEL = "longshore.generation";

/** What the container and the volume of its disk are called. */
export function machineName(site: string, name: string): string {
  return `${site}-${name}`;
}

/** The machine runs and lets whoever has the key in. One of another generation is replaced, with its disk. */
export async function makeMachine(request: MachineRequest, log: Log): Promise<MachineFacts> {
  const docker = dockerClient(request.dockerHost);
  const container = machineName(request.site, request.name);
  const found = await orUndefined(docker.getContainer(container).inspect());
  if (found?.Config.Labels[GENERATION_LABEL] !== request.generation) {
    await removeMachine(request);
    log(`${request.name}: a machine is made`);
    await create(docker, container, request);
  }
  await ignoring([304], docker.getContainer(container).start());
  const host = connectHost(request.name, request.dockerHost);
  const run = async (script: string, input?: string) => {
    const result = await host.exec(container, ["bash", "-c", script], input, { seconds: 120 });
    if (result.exitCode === 0) return result.stdout.trim();
    throw new Error(`Machine \`${request.name}\` does not boot: ${result.stderr || result.stdout}`);
  };
  await run(LET_IN, `${request.publicKey}\n`);
  log(`${request.name}: booted`);
  return { ...(await addressesOf(docker, container, request)), hostKey: await run(HOST_KEY) };
}

/** Removes a machine and its disk. */
export async function removeMachine(request: SiteRequest & { name: string }): Promise<void> {
  const docker = dockerClient(request.dockerHost);
  const name = machineName(request.site, request.name);
  await ignoring([404], docker.getContainer(name).remove({ force: true, v: true }));
  await ignoring([404], docker.getVolume(name).remove());
}

async function create(docker: Docker, container: string, request: MachineRequest): Promise<void> {
  const { site, name, number, image, generation, outside, inside } = request;
  const Labels = { [SITE_LABEL]: site, [GENERATION_LABEL]: generation };
  await docker.createVolume({ Name: container, Labels: { [SITE_LABEL]: site } });
  const { Env, HostConfig } = machineOptions(container);
  // Fixed, so that a machine has them again after a restart.
  const at = ({ subnet }: SiteNetwork) => ({
    IPAMConfig: { IPv4Address: addressOf(subnet, number) },
  });
  const created = await docker.createContainer({
    ...{ name: container, Hostname: name, Image: image, Labels, Env },
    // It comes back with its engine, as a server does with its power.
    HostConfig: {
      ...HostConfig,
      NetworkMode: outside.name,
      RestartPolicy: { Name: "unless-stopped" },
    },
    NetworkingConfig: { EndpointsConfig: { [outside.name]: at(outside) } },
  });
  const EndpointConfig = at(inside);
  await docker.getNetwork(inside.name).connect({ Container: created.id, EndpointConfig });
}

/** The address of a site's machine: the first ten are the bridge's, and for what else is in the network. */
export function addressOf(subnet: string, number: number): string {
  const [network = ""] = subnet.split("/");
  const start = network.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const address = start + 10 + number;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

async function addressesOf(
  docker: Docker,
  container: string,
  { outside, inside }: MachineRequest,
): Promise<Omit<MachineFacts, "hostKey">> {
  const { NetworkSettings } = await docker.getContainer(container).inspect();
  const at = ({ name }: { name: string }) => NetworkSettings.Networks[name]?.IPAddress ?? "";
  return { address: at(outside), privateAddress: at(inside) };
}
