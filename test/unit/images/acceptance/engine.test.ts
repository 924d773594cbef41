/** What an acceptance test asks of an engine, and what it takes for its own there. */
import { createHash } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { extract } from "tar-stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { loadImage } from "../../../../components/images/acceptance/load.ts";
import { credentialsFor } from "../../../../components/images/acceptance/pull.ts";
import { mayLive } from "../../../../components/images/acceptance/throw-away.ts";
import { tempFolder, write } from "../temp.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const SOON = "2026-11-29T12:05:00Z";
const HERE = process.platform === "linux" ? bootId() : hostname();

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

test.each([
  ["of a process that runs", { pid: String(process.pid), machine: HERE, until: SOON }, true],
  ["of one that does not", { pid: "4194305", machine: HERE, until: SOON }, false],
  ["of another machine", { pid: "4194305", machine: "other", until: SOON }, true],
  [
    "whose time is up",
    { pid: String(process.pid), machine: HERE, until: "2026-11-29T11:59:59Z" },
    false,
  ],
  [
    "of another machine, whose time is up",
    { pid: "1", machine: "other", until: "2026-11-29T11:59:59Z" },
    false,
  ],
  ["of nobody", {}, false],
])("a test %s may go on or not", (_what, owner, lives) => {
  const labels = Object.fromEntries(
    Object.entries(owner).map(([key, value]) => [`longshore.acceptance.${key}`, value]),
  );
  expect(mayLive(labels, NOW)).toBe(lives);
});

/** A layout of an image for some machines. */
function layoutFor(architectures: string[]) {
  const layout = tempFolder();
  const add = (document: object) => {
    const content = JSON.stringify(document);
    const hex = createHash("sha256").update(content).digest("hex");
    write(layout, { [`blobs/sha256/${hex}`]: content });
    return `sha256:${hex}`;
  };
  const layer = add({ instead: "of a layer" });
  const configs = architectures.map((architecture) =>
    add({ os: "linux", architecture, rootfs: { diff_ids: [layer] } }),
  );
  const manifests = configs.map((digest) => ({
    digest: add({ config: { digest }, layers: [{ digest: layer }] }),
  }));
  return { name: "app", layout, digest: add({ manifests }), configs, manifests, layer };
}

/** An engine that loads what it is given, as far as tests look at it. */
function engineThatLoads(Id: string) {
  const files: Record<string, string> = {};
  const docker = {
    version: () => Promise.resolve({ Os: "linux", Arch: "amd64" }),
    async loadImage(archive: Readable) {
      const entries = extract();
      void pipeline(archive, entries);
      for await (const entry of entries) files[entry.header.name] = await text(entry);
      return archive;
    },
    modem: {
      followProgress: (_stream: unknown, done: (...a: unknown[]) => void) => done(null, []),
    },
    getImage: () => ({ inspect: () => Promise.resolve({ Id }) }),
  };
  return { docker: docker as unknown as Docker, files };
}

const { signal } = new AbortController();

test("an engine is given the image for its own platform, with all of it, under one name", async () => {
  const built = layoutFor(["386", "amd64", "arm64"]);
  const [, config = ""] = built.configs;
  const manifest = built.manifests[1]?.digest ?? "";
  const { docker, files } = engineThatLoads(config);
  await loadImage(docker, built, "longshore-acceptance:1", signal);
  const path = (digest: string) => `blobs/sha256/${digest.slice("sha256:".length)}`;
  expect(Object.keys(files).sort()).toEqual(
    [
      ...["index.json", "manifest.json", "oci-layout"],
      ...[manifest, config, built.layer].map(path),
    ].sort(),
  );
  expect(JSON.parse(files["manifest.json"] ?? "")).toEqual([
    { Config: path(config), RepoTags: ["longshore-acceptance:1"], Layers: [path(built.layer)] },
  ]);
  expect(JSON.parse(files["index.json"] ?? "")).toMatchObject({
    manifests: [
      {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: manifest,
        size: files[path(manifest)]?.length,
        annotations: {
          "io.containerd.image.name": "docker.io/library/longshore-acceptance:1",
        },
      },
    ],
  });
  // What another kind of engine calls it; and any other image is not it.
  await loadImage(engineThatLoads(manifest).docker, built, "x:y", signal);
  await expect(loadImage(engineThatLoads("sha256:0").docker, built, "x:y", signal)).rejects.toThrow(
    `The engine has loaded \`sha256:0\` instead of \`${config}\`.`,
  );
});

test("an image that is not for the engine is refused, with where it could run", async () => {
  const { docker } = engineThatLoads("");
  await expect(loadImage(docker, layoutFor(["arm64", "s390x"]), "x:y", signal)).rejects.toThrow(
    "The image is for linux/arm64, linux/s390x, and the engine runs linux/amd64. Build `app` for that too " +
      "(`platforms`), or name another engine (`acceptance.dockerHost`).",
  );
});

test("credentials are those of docker login: as they are, a token, or what a helper keeps", () => {
  const folder = tempFolder({
    "config.json": JSON.stringify({
      auths: {
        "https://index.docker.io/v1/": { auth: Buffer.from("me:pass:word").toString("base64") },
        "ghcr.io": { identitytoken: "token" },
        "empty.example": {},
      },
      credHelpers: { "ecr.example": "found", "gone.example": "that-is-not-installed" },
    }),
    "bin/docker-credential-found": `#!/bin/sh
test "$1" = get && read -r server || test -n "$server"
printf '{"Username":"%s","Secret":"kept"}' "$server"
`,
  });
  chmodSync(join(folder, "bin/docker-credential-found"), 0o755);
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const of = (registry: string) => credentialsFor(registry, { DOCKER_CONFIG: folder });
  const serveraddress = "https://index.docker.io/v1/";
  expect(of("docker.io")).toEqual({ username: "me", password: "pass:word", serveraddress });
  expect(of("ghcr.io")).toEqual({ identitytoken: "token", serveraddress: "ghcr.io" });
  expect(of("ecr.example")).toEqual({
    username: "ecr.example",
    password: "kept",
    serveraddress: "ecr.example",
  });
  for (const none of ["empty.example", "gone.example", "other.example"]) {
    expect(of(none)).toBeUndefined();
  }
  expect(credentialsFor("ghcr.io", { HOME: folder })).toBeUndefined();
});
