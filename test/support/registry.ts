/** What a registry holds, by its HTTP API; for registries on loopback that everybody may read. */
import { gunzipSync } from "node:zlib";

const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** A manifest or an index, as far as tests look at it. */
interface Manifest {
  manifests?: { digest: string; platform?: { os: string; architecture: string } }[];
  config?: { digest: string };
  layers?: { digest: string }[];
}

export class Registry {
  readonly #base: string;

  constructor(address: string) {
    this.#base = `http://${address}/v2`;
  }

  /** Tags of a repository, sorted; undefined if nothing was ever pushed to it. */
  async tags(repository: string): Promise<string[] | undefined> {
    const response = await fetch(`${this.#base}/${repository}/tags/list`);
    if (response.status === 404) return undefined;
    const { tags } = (await response.json()) as { tags: string[] | null };
    return (tags ?? []).sort();
  }

  /** Digest of what a tag (or digest) names; undefined if there is none. */
  async digest(repository: string, reference: string): Promise<string | undefined> {
    const response = await this.#manifest(repository, reference, "HEAD");
    return response.ok ? response.headers.get("docker-content-digest")! : undefined;
  }

  /** Everything that an image consists of, as text: manifests, configurations, unpacked layers. */
  async contents(repository: string, reference: string): Promise<Record<string, string>> {
    const response = await this.#manifest(repository, reference, "GET");
    const text = await response.text();
    const contents: Record<string, string> = { [`manifest ${reference}`]: text };
    const manifest = JSON.parse(text) as Manifest;
    for (const { digest } of manifest.manifests ?? []) {
      Object.assign(contents, await this.contents(repository, digest));
    }
    for (const { digest } of [...(manifest.layers ?? []), manifest.config].filter(
      (blob) => !!blob,
    )) {
      const blob = Buffer.from(
        await (await fetch(`${this.#base}/${repository}/blobs/${digest}`)).arrayBuffer(),
      );
      const packed = blob[0] === 0x1f && blob[1] === 0x8b;
      contents[`blob ${digest}`] = (packed ? gunzipSync(blob) : blob).toString("latin1");
    }
    return contents;
  }

  async platforms(repository: string, reference: string): Promise<string[]> {
    const response = await this.#manifest(repository, reference, "GET");
    const { manifests = [] } = (await response.json()) as Manifest;
    return manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`).sort();
  }

  #manifest(repository: string, reference: string, method: string): Promise<Response> {
    const url = `${this.#base}/${repository}/manifests/${reference}`;
    return fetch(url, { method, headers: { accept: MANIFESTS } });
  }
}
