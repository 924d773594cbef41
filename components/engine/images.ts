/** An engine's images, through its API. */
import type Docker from "dockerode";
import { ignoring } from "./errors.ts";
import type { HostImage, ImageStore } from "./host.ts";

export class EngineImages implements ImageStore {
  readonly #docker: Docker;

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  async list(): Promise<HostImage[]> {
    const found = await this.#docker.listImages();
    // Without a tag or digest the engine says null, or `<none>:<none>`.
    const named = (refs: string[] | null) => (refs ?? []).filter((ref) => !ref.includes("<none>"));
    return found.map(({ Id, RepoTags, RepoDigests }) => ({
      id: Id,
      tags: named(RepoTags ?? null),
      digests: named(RepoDigests ?? null),
    }));
  }

  async tag(ref: string, repository: string, tag: string): Promise<void> {
    await this.#docker.getImage(ref).tag({ repo: repository, tag });
  }

  async remove(ref: string): Promise<void> {
    // 404: gone already. 409: a container is made of it.
    await ignoring([404, 409], this.#docker.getImage(ref).remove());
  }
}
