/** The networks of simulated machines: made, found again and removed. */
import type Docker from "dockerode";
import { dockerClient } from "../../engine/client.ts";
import { ignoring } from "../../engine/errors.ts";
import { type SiteFacts, type SiteNetwork, type SiteRequest, SITE_LABEL } from "./types.ts";

/** In the first machines are reached, the other is their own. */
type Side = "outside" | "inside";

/** Both networks, each with a subnet that is given to it for good: machines have fixed addresses in it. */
export async function makeSite({ site, dockerHost }: SiteRequest): Promise<SiteFacts> {
  const docker = dockerClient(dockerHost);
  const outside = await network(docker, site, "outside");
  return { outside, inside: await network(docker, site, "inside") };
}

/** Removes them. @throws if a machine is still in one. */
export async function removeSite({ site, dockerHost }: SiteRequest): Promise<void> {
  const docker = dockerClient(dockerHost);
  for (const side of ["outside", "inside"] as const) {
    await ignoring([404], docker.getNetwork(networkName(site, side)).remove());
  }
}

/** What a site's network is called. */
export function networkName(site: string, side: Side): string {
  return `${site}-${side}`;
}

async function network(docker: Docker, site: string, side: Side): Promise<SiteNetwork> {
  const name = networkName(site, side);
  const found = await docker.listNetworks({ filters: { name: [`^${name}$`] } });
  if (found.length === 0) {
    const Labels = { [SITE_LABEL]: site };
    // The engine chooses a subnet, but gives fixed addresses only in one that was asked for.
    const first = await docker.createNetwork({ Name: name, Labels });
    const subnet = subnetOf(await first.inspect());
    await first.remove();
    const IPAM = { Driver: "default", Config: [{ Subnet: subnet }] };
    await docker.createNetwork({ Name: name, Labels, IPAM });
  }
  return { name, subnet: subnetOf(await docker.getNetwork(name).inspect()) };
}

function subnetOf({ Name, IPAM }: Docker.NetworkInspectInfo): string {
  const subnet = IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []).find((each) =>
    each.includes("."),
  );
  if (subnet === undefined) throw new Error(`Network \`${Name}\` has no IPv4 subnet.`);
  return subnet;
}
