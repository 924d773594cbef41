/** Docker's packages, of the distribution or of Docker's own apt repository. Pure. */
import { createHash } from "node:crypto";
import type { MachineFacts } from "./facts.ts";
import type { DockerArgs } from "./types.ts";

/** Where Docker publishes its packages: a folder for each distribution is below it. */
export const DOCKER_URL = "https://download.docker.com/linux";
/** Fingerprint of the key in docker-key.asc: https://docs.docker.com/engine/install/debian/ */
export const DOCKER_KEY = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88";

/** What Docker builds for each distribution, as dpkg and `uname -m` name it. */
const ARCHITECTURES = ["x86_64", "aarch64", "armv7l"];

/** What repository.sh is told. */
export interface RepositoryPlan {
  URI: string;
  KEY: string;
  FINGERPRINT: string;
  VERSION: string;
}

/** The engine's packages, the first of which has its version. */
export const PACKAGES = {
  distribution: ["docker.io", "docker-cli"],
  docker: ["docker-ce", "docker-ce-cli", "containerd.io"],
} as const;

/** The engine's package that a machine has. */
export function installedEngine({
  packages,
}: Pick<MachineFacts, "packages">):
  { from: "distribution" | "docker"; name: string; version: string } | undefined {
  for (const from of ["docker", "distribution"] as const) {
    const [name] = PACKAGES[from];
    const version = packages[name];
    if (version !== undefined) return { from, name, version };
  }
  return undefined;
}

/** @param key Docker's own, where another one is not given. */
export function planRepository(
  { os }: Pick<MachineFacts, "os">,
  { repository = {}, version = "any" }: DockerArgs,
  key: string,
): RepositoryPlan {
  const KEY = repository.key ?? key;
  const URI = `${(repository.url ?? DOCKER_URL).replace(/\/+$/, "")}/${os}`;
  return { URI, KEY, FINGERPRINT: fingerprintOf(KEY) ?? "", VERSION: version };
}

/** What speaks against the packages on this machine. */
export function originRefusals(facts: MachineFacts, { from }: DockerArgs): string[] {
  const { hasEngine, architecture } = facts;
  const installed = installedEngine(facts);
  if (!hasEngine) {
    if (from !== "docker" || ARCHITECTURES.includes(architecture)) return [];
    return [
      `its processor is ${architecture}, and Docker's repository has packages for ${ARCHITECTURES.join(", ")}. ` +
        'Take the distribution\'s: `docker: { from: "distribution" }`',
    ];
  }
  if (from === undefined || from === installed?.from) return [];
  const what = installed === undefined ? "an engine of another origin" : installed.name;
  return [
    `it has ${what}, and \`docker.from\` is ${from}. Packages are not exchanged under an engine: leave \`from\` out, or ` +
      "remove the engine there, with the host drained",
  ];
}

/**
 * The fingerprint of an OpenPGP public key in ASCII armor, of version 4 (RFC 9580, 5.5.4); undefined: it is none.
 */
export function fingerprintOf(armored: string): string | undefined {
  const body =
    /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*\r?\n([A-Za-z0-9+/=\s]+?)\r?\n(?:=[A-Za-z0-9+/]{4}\r?\n)?-----END/.exec(
      armored,
    )?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  const packet = firstPacket(bytes);
  if (packet === undefined || packet[0] !== 4) return undefined;
  const head = Buffer.from([0x99, packet.length >> 8, packet.length & 0xff]);
  return createHash("sha1").update(head).update(packet).digest("hex").toUpperCase();
}

/** The body of a public key packet (tag 6) at the beginning; undefined if there is none. */
function firstPacket(bytes: Buffer): Buffer | undefined {
  const [tag = 0, first = 0, second = 0] = bytes;
  const isNew = (tag & 0xc0) === 0xc0;
  if (isNew ? (tag & 0x3f) !== 6 : (tag & 0xfc) !== 0x98) return undefined;
  const twoBytes = isNew ? first >= 192 && first < 224 : (tag & 3) === 1;
  if (!twoBytes && !(isNew ? first < 192 : (tag & 3) === 0)) return undefined;
  const [start, length] = !twoBytes
    ? [2, first]
    : [3, isNew ? ((first - 192) << 8) + second + 192 : (first << 8) + second];
  return bytes.length < start + length ? undefined : bytes.subarray(start, start + length);
}
