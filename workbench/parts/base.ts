// Base images where the hub is out of reach: Debian's own archive is the source of the hub's debian
// images too. mmdebstrap makes the same minimal system, byte for byte the same from the same state
// of the archive; it is kept as layer, config and manifest in the cache and pushed from there.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { execa } from "execa";
import lockfile from "proper-lockfile";
import { MANIFEST, pushImage } from "./base-push.ts";
import { systemPath } from "./packages.ts";
import type { Credentials } from "./gateway.ts";
import { type Progress, WorkbenchError } from "../progress.ts";

export interface Base {
  /** Repository and tag as Dockerfiles name it, without `library/`. */
  name: string;
  tag: string;
  suite: string;
}

/** Every base that Dockerfiles of this project start from. */
export const BASES: readonly Base[] = [{ name: "debian", tag: "trixie-slim", suite: "trixie" }];

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const MIRROR = "http://deb.debian.org";
const RECIPE = join(dirname(fileURLToPath(import.meta.url)), "base");

/** Docker's names of processor architectures, which are Debian's too. */
export function architecture(arch: string = process.arch): string {
  return arch === "x64" ? "amd64" : arch;
}

/** Makes the base if the cache lacks it, and puts it into the registry if that lacks it. */
export async function ensureBase(
  base: Base,
  options: {
    cache: string;
    registry: string;
    credentials: Credentials;
    progress: Progress;
    env: NodeJS.ProcessEnv;
  },
): Promise<void> {
  const label = `${base.name}:${base.tag}`;
  const name = `${base.name}-${base.tag}-${architecture()}-${await recipe()}`;
  const folder = join(options.cache, "base", name);
  if (!existsSync(join(folder, "manifest.json"))) {
    await options.progress.step(
      `making ${label} from Debian's packages (the hub is out of reach; once, about 40 s)`,
      () => makeOnce(base, folder, options.env.LONGSHORE_DEBIAN_MIRROR || MIRROR),
    );
  }
  const { registry, credentials } = options;
  await pushImage(folder, `http://${registry}/v2/library/${base.name}`, base.tag, credentials);
}

/** Tells apart what was made in another way, by an older version of this program. */
async function recipe(): Promise<string> {
  const hash = createHash("sha256");
  const self = fileURLToPath(import.meta.url);
  hash.update(await readFile(self));
  for (const file of ["apt.conf", "clean.sh", "dpkg.cfg"]) {
    hash.update(await readFile(join(RECIPE, file)));
  }
  return hash.digest("hex").slice(0, 8);
}

async function makeOnce(base: Base, folder: string, mirror: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const release = await lockfile.lock(dirname(folder), {
    lockfilePath: `${folder}.lock`,
    stale: 15_000,
    retries: { retries: 1_200, factor: 1, minTimeout: 500 },
  });
  try {
    if (existsSync(join(folder, "manifest.json"))) return;
    // What an interrupted run left; the lock says that nobody works on it.
    for (const entry of await readdir(dirname(folder))) {
      const path = join(dirname(folder), entry);
      if (path.startsWith(`${folder}.tmp`)) await rm(path, { recursive: true, force: true });
    }
    const work = `${folder}.tmp-${process.pid}`;
    await mkdir(join(work, "tmp"), { recursive: true });
    await make(base, work, mirror);
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
  } finally {
    await release();
  }
}

async function make(base: Base, work: string, mirror: string): Promise<void> {
  const sources = aptSources(base.suite, mirror);
  const epoch = await archiveDate(base.suite, mirror);
  const tar = join(work, "layer.tar");
  // Its own mount namespace: what it mounts goes with it, even if it is killed.
  const result = await execa(
    "unshare",
    [
      ...["--mount", "--propagation", "private", "mmdebstrap", "--mode=root"],
      ...["--variant=minbase", "--format=tar", `--architectures=${architecture()}`],
      // The same settings as in the hub's image; dpkg's hold for packages installed on top, too.
      ...dpkgOptions(await readFile(join(RECIPE, "dpkg.cfg"), "utf8")),
      `--customize-hook=upload ${join(RECIPE, "apt.conf")} /etc/apt/apt.conf.d/docker`,
      `--customize-hook=${join(RECIPE, "clean.sh")}`,
      // With our settings in place apt would not clean up all of its caches.
      "--skip=cleanup/apt",
      ...[base.suite, tar, ...sources],
    ],
    {
      env: {
        PATH: systemPath(),
        TMPDIR: join(work, "tmp"),
        SOURCE_DATE_EPOCH: String(epoch),
        LC_ALL: "C.UTF-8",
      },
      all: true,
      reject: false,
      stdin: "ignore",
    },
  );
  if (result.exitCode !== 0) {
    const tail = result.all.trimEnd().split("\n").slice(-12).join("\n  ");
    throw new WorkbenchError(
      `${base.name}:${base.tag} cannot be made from ${mirror}:\n  ${tail}\nIs Debian's archive reachable? Another mirror can be set with LONGSHORE_DEBIAN_MIRROR.`,
    );
  }
  const diffId = await digestOf(tar);
  const layer = join(work, "layer.tar.gz");
  await pipeline(createReadStream(tar), createGzip({ level: 6 }), createWriteStream(layer));
  await Promise.all([rm(tar), rm(join(work, "tmp"), { recursive: true })]);
  const config = imageConfig(base, diffId, epoch);
  await writeFile(join(work, "config.json"), config);
  const manifest = imageManifest(config, { digest: await digestOf(layer), file: layer });
  await writeFile(join(work, "manifest.json"), await manifest);
}

/** The lines of sources.list, which are those of the hub's image. */
export function aptSources(suite: string, mirror: string): string[] {
  return [
    `deb ${mirror}/debian ${suite} main`,
    `deb ${mirror}/debian ${suite}-updates main`,
    `deb ${mirror}/debian-security ${suite}-security main`,
  ];
}

export function dpkgOptions(file: string): string[] {
  return file
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => `--dpkgopt=${line.trim()}`);
}

/** When the archive last changed, in seconds since 1970: every file's latest time. */
async function archiveDate(suite: string, mirror: string): Promise<number> {
  const releases = [
    `debian/dists/${suite}/InRelease`,
    `debian/dists/${suite}-updates/InRelease`,
    `debian-security/dists/${suite}-security/InRelease`,
  ];
  const dates = await Promise.all(
    releases.map(async (path) => {
      const reply = await fetch(`${mirror}/${path}`, { signal: AbortSignal.timeout(20_000) }).catch(
        (error: Error) => error,
      );
      if (reply instanceof Error || !reply.ok) {
        const why = reply instanceof Error ? reply.message : `status ${reply.status}`;
        throw new WorkbenchError(
          `Debian's archive cannot be reached: ${mirror}/${path} (${why}). Check the network, or set LONGSHORE_DEBIAN_MIRROR.`,
        );
      }
      return releaseDate(await reply.text());
    }),
  );
  return Math.max(...dates);
}

export function releaseDate(release: string): number {
  const date = /^Date: (.+)$/m.exec(release)?.[1];
  const time = Date.parse(date ?? "");
  if (Number.isNaN(time)) throw new WorkbenchError("Debian's Release file has no date.");
  return time / 1000;
}

function imageConfig(base: Base, diffId: string, epoch: number): string {
  const created = new Date(epoch * 1000).toISOString();
  return JSON.stringify({
    architecture: architecture(),
    os: "linux",
    created,
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Cmd: ["bash"],
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, created_by: `mmdebstrap --variant=minbase ${base.suite}` }],
  });
}

async function imageManifest(config: string, layer: { digest: string; file: string }) {
  const { size } = await stat(layer.file);
  const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, digest, size: Buffer.byteLength(config) },
    layers: [{ mediaType: LAYER, digest: layer.digest, size }],
  });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}
