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
    await removeContainer(docker.getContainer(Id));
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

/** Removes a container, also one that the engine is removing by itself at this moment. */
async function removeContainer(container: Docker.Container): Promise<void> {
  const status = (error: unknown) => (error as { statusCode?: number }).statusCode;
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (status(error) !== 404 && status(error) !== 409) throw error;
  }
  for (const until = Date.now() + 10_000; ;) {
    const gone = await container.inspect().then(
      () => false,
      (error: unknown) => status(error) === 404,
    );
    if (gone) return;
    if (Date.now() > until) throw new Error(`container ${container.id} is not removed in 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
