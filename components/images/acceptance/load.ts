/** Brings an image from the layout that it was built into to an engine, as the very image that will be pushed. */
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { pack, type Pack } from "tar-stream";
import { runsOn } from "../../diagnosis/exit.ts";
import { blobPath, readLayoutImage, type StoredImage } from "../build/layout.ts";
import { unlessAborted } from "./abort.ts";

/**
 * Loads what the layout has for the engine's platform.
 * @param tag what it is called there, `repository:tag`.
 * @throws NotInLayout if the image is not in the layout; an Error if the engine's platform is not among its own.
 */
export async function loadImage(
  docker: Docker,
  { name, layout, digest }: { name: string; layout: string; digest: string },
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const { configs } = readLayoutImage(layout, digest);
  const { Os, Arch } = await docker.version();
  const engine = `${Os}/${Arch}`;
  const own = configs.find(
    ({ platform }) => platform === engine || platform.startsWith(`${engine}/`),
  );
  const image = own ?? configs.find(({ platform }) => runsOn(engine, platform));
  if (image === undefined) {
    const built = configs.map(({ platform }) => platform).join(", ");
    throw new Error(
      `The image is for ${built}, and the engine runs ${engine}. Build \`${name}\` for that too (\`platforms\`), ` +
        "or name another engine (`acceptance.dockerHost`).",
    );
  }
  const archive = Readable.from(toArchive(layout, image, tag));
  try {
    const answer = await unlessAborted(signal, docker.loadImage(archive, { quiet: true }));
    await unlessAborted(signal, untilDone(docker, answer));
  } finally {
    archive.destroy(); // an engine that was still reading gives up
  }
  const { Id } = await docker.getImage(tag).inspect();
  // An engine calls an image by its configuration, or, with containerd's store, by its manifest.
  if (Id !== image.digest && Id !== image.manifest) {
    throw new Error(`The engine has loaded \`${Id}\` instead of \`${image.digest}\`.`);
  }
}

/** Waits for a stream of JSON lines. @throws what one of them says is wrong. */
export function untilDone(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((done, failed) => {
    docker.modem.followProgress(stream, (error, lines: { error?: string }[]) => {
      const wrong = lines.find((line) => line.error !== undefined)?.error;
      if (error === null && wrong === undefined) done();
      else failed(error ?? new Error(wrong));
    });
  });
}

/** As `docker save` has it: with an index for engines that keep images as they are, and a list for all others. */
function toArchive(layout: string, image: StoredImage, tag: string): Pack {
  const archive = pack();
  const documents = {
    "oci-layout": { imageLayoutVersion: "1.0.0" },
    "index.json": {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          mediaType: image.mediaType,
          digest: image.manifest,
          size: statSync(join(layout, blobPath(image.manifest))).size,
          annotations: { "io.containerd.image.name": `docker.io/library/${tag}` },
        },
      ],
    },
    "manifest.json": [
      {
        Config: blobPath(image.digest),
        RepoTags: [tag],
        Layers: image.blobs.map((digest) => blobPath(digest)),
      },
    ],
  };
  for (const [name, document] of Object.entries(documents)) {
    archive.entry({ name }, JSON.stringify(document));
  }
  const add = async () => {
    for (const digest of new Set([image.manifest, image.digest, ...image.blobs])) {
      const file = join(layout, blobPath(digest));
      const entry = archive.entry({ name: blobPath(digest), size: statSync(file).size });
      await pipeline(createReadStream(file), entry);
    }
    archive.finalize();
  };
  add().catch((error: unknown) => archive.destroy(error as Error));
  return archive;
}
