// Puts an image that lies in a folder as manifest, config and layer into a registry.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { authorization, type Credentials } from "./gateway.ts";
import { WorkbenchError } from "../progress.ts";

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

interface Manifest {
  config: { digest: string };
  layers: { digest: string }[];
}

/** Uploads what the registry does not have, by the distribution protocol. */
export async function pushImage(
  folder: string,
  repository: string,
  tag: string,
  credentials: Credentials,
): Promise<void> {
  const push = { authorization: authorization(credentials) };
  const text = await readFile(join(folder, "manifest.json"), "utf8");
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const present = await fetch(`${repository}/manifests/${tag}`, {
    method: "HEAD",
    headers: { accept: MANIFEST },
  });
  if (present.headers.get("docker-content-digest") === digest) return;
  const manifest = JSON.parse(text) as Manifest;
  await pushBlob(repository, manifest.config.digest, join(folder, "config.json"), push);
  for (const layer of manifest.layers) {
    await pushBlob(repository, layer.digest, join(folder, "layer.tar.gz"), push);
  }
  const put = await fetch(`${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { ...push, "content-type": MANIFEST },
    body: text,
  });
  await expectStatus(put, 201);
}

async function pushBlob(
  repository: string,
  digest: string,
  file: string,
  push: Record<string, string>,
): Promise<void> {
  const head = await fetch(`${repository}/blobs/${digest}`, { method: "HEAD" });
  if (head.ok) return;
  const begun = await fetch(`${repository}/blobs/uploads/`, { method: "POST", headers: push });
  await expectStatus(begun, 202);
  const target = new URL(begun.headers.get("location") ?? "", begun.url);
  target.searchParams.set("digest", digest);
  const put = await fetch(target, {
    method: "PUT",
    headers: { ...push, "content-type": "application/octet-stream" },
    body: await readFile(file),
  });
  await expectStatus(put, 201);
}

async function expectStatus(reply: Response, status: number): Promise<void> {
  if (reply.status === status) return;
  throw new WorkbenchError(
    `The loopback registry refused a base image: ${reply.status} for ${reply.url}. ${await reply.text()}`,
  );
}
