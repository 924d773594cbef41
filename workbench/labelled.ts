/** Sweeps from an engine what carries a label and no state knows any more. */
import type Docker from "dockerode";

/**
 * Removes all containers, then networks, then volumes that carry `label`.
 * @returns what there was, in words: `container /web`, `network net`, `volume data`.
 */
export async function removeLabelled(docker: Docker, label: string): Promise<string[]> {
  const filters = { label: [label] };
  const found: string[] = [];
  for (const { Id, Names } of await docker.listContainers({ all: true, filters })) {
    found.push(`container ${Names[0] ?? Id}`);
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id, Name } of await docker.listNetworks({ filters })) {
    found.push(`network ${Name}`);
    await docker.getNetwork(Id).remove();
  }
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) {
    found.push(`volume ${Name}`);
    await docker.getVolume(Name).remove();
  }
  return found;
}
