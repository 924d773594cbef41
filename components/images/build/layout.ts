// Reads an image from an OCI layout, the folder that a build with `type=oci,tar=false` leaves.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, posix } from "node:path";

/** What an image is made of, for one platform. */
export interface ImageConfig {
  /** e.g. `linux/amd64`, `linux/arm64/v8`. */
  platform: string;
  /** Digest of the configuration. */
  digest: string;
  /** Digests of its layers' content, from the bottom up. */
  layers: string[];
  /** The instructions that made it, those that only change the configuration among them. */
  steps: { instruction: string; empty: boolean }[];
}

/** What a layout has of an image for one platform. */
export interface StoredImage extends ImageConfig {
  /** Digest of the manifest. */
  manifest: string;
  /** The media type of the manifest. */
  mediaType: string;
  /** Digests of its layers as they are stored, from the bottom up. */
  blobs: string[];
}

/** An image in a layout: one configuration per platform. */
export interface LayoutImage {
  configs: StoredImage[];
  /** Digests of the documents it was read from: index, manifests, configurations. */
  documents: string[];
  /** Digests of its layers as they are stored, which is compressed. */
  blobs: string[];
}

export class NotInLayout extends Error {}

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Reads the image with a digest; every document read is checked against its own. */
export function readLayoutImage(layout: string, digest: string): LayoutImage {
  const image: LayoutImage = { configs: [], documents: [], blobs: [] };
  const read = (document: string) => {
    image.documents.push(document);
    return readDocument(layout, document);
  };
  const root = read(digest);
  const manifests = root.manifests
    ?.filter((entry) => entry.platform?.os !== "unknown") // attestations
    .map((entry) => ({ ...read(entry.digest), digest: entry.digest })) ?? [{ ...root, digest }];
  for (const manifest of manifests) {
    if (manifest.config === undefined) throw new Error(`\`${digest}\` is not an image.`);
    const blobs = (manifest.layers ?? []).map((layer) => layer.digest);
    image.blobs.push(...blobs);
    const config = read(manifest.config.digest);
    const platform = [config.os, config.architecture, config.variant].filter(Boolean).join("/");
    image.configs.push({
      platform,
      digest: manifest.config.digest,
      manifest: manifest.digest,
      mediaType: manifest.mediaType ?? OCI_MANIFEST,
      blobs,
      layers: config.rootfs?.diff_ids ?? [],
      steps: (config.history ?? []).map((step) => ({
        instruction: step.created_by ?? "",
        empty: step.empty_layer ?? false,
      })),
    });
  }
  return image;
}

/** Whether a layout has an image. */
export function isInLayout(layout: string, digest: string): boolean {
  return existsSync(join(layout, blobPath(digest)));
}

/** Where a layout has what a digest names, within itself. */
export function blobPath(digest: string): string {
  return posix.join("blobs", ...digest.split(":"));
}

/** What to do about an image that should be in a layout and is not. */
export function describeMissing(name: string, target: string): string {
  return `The \`${target}\` image of \`${name}\` was built by an update that did not finish, in another clone or before \`.longshore\` was deleted, so it is not here. ${rebuild(name)}`;
}

/** How to have an image built and tested again although its sources did not change. */
export function rebuild(name: string): string {
  return `Build both again: pulumi up --replace '**::${name}-test' --replace '**::${name}-release'`;
}

/** Deletes all but the given documents and layers: a layout gathers what each build adds. */
export function pruneLayout(layout: string, wanted: string[]): void {
  const keep = new Set(wanted.map((digest) => digest.replace(/^sha256:/, "")));
  const blobs = join(layout, "blobs", "sha256");
  for (const name of existsSync(blobs) ? readdirSync(blobs) : []) {
    if (!keep.has(name)) rmSync(join(blobs, name), { force: true });
  }
}

/** The parts of an index, a manifest or a configuration that are looked at. */
interface Document {
  mediaType?: string;
  manifests?: { digest: string; platform?: { os?: string } }[];
  config?: { digest: string };
  layers?: { digest: string }[];
  os?: string;
  architecture?: string;
  variant?: string;
  rootfs?: { diff_ids: string[] };
  history?: { created_by?: string; empty_layer?: boolean }[];
}

function readDocument(layout: string, digest: string): Document {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Error(`\`${digest}\` is not a valid digest.`);
  const file = join(layout, "blobs", "sha256", hex);
  if (!existsSync(file)) throw new NotInLayout(`\`${file}\` does not exist.`);
  const content = readFileSync(file);
  if (createHash("sha256").update(content).digest("hex") !== hex) {
    throw new Error(
      `\`${file}\` is damaged: its content has another digest. Delete \`${layout}\`.`,
    );
  }
  return JSON.parse(content.toString()) as Document;
}
