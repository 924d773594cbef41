/** The networks of simulated machines: made, found again and removed. */
import type Docker from "dockerode";
import { dockerClient } from "../../engine/client.ts";
import { ignoring } from "../../engine/errors.ts";
import { type SiteFacts, type SiteNetwork, type SiteRequest, SITE_LABEL } from "./types.ts";

const SIDES = ["outside", "inside"] as const;

/** Both networks, each with a subnet that is given to it for good: machines have fixed addresses in it. */
export async function makeSite({ site, dockerHost }: SiteRequest): Promise<SiteFacts> {
  const docker = dockerClient(dockerHost);
  const [outside, inside] = [
    await network(docker, site, SIDES[0]),
    await network(docker, site, SIDES[1]),
  ];
  return { outside, inside };
}

/** Removes them. @throws if a machine is still in one. */
export async function removeSite({ site, dockerHost }: SiteRequest): Promise<void> {
  const docker = dockerClient(dockerHost);
  for (const side of SIDES) await ignoring([404], docker.getNetwork(nameOf(site, side)).remove());
}

const nameOf = (site: string, side: string) => `${site}-${side}`;

async function network(docker: Docker, site: string, side: string): Promise<SiteNetwork> {
  const name = nameOf(site, side);
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
