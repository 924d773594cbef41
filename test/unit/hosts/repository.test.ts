/** Docker's own packages: which key signs them, where they are, and what speaks against them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DOCKER_KEY,
  fingerprintOf,
  originRefusals,
  planRepository,
} from "../../../components/hosts/install/repository.ts";
import { findSshFaults } from "../../../components/hosts/ssh-faults.ts";
import { BARE, HAS } from "./facts.ts";

const file = join(import.meta.dirname, "../../../components/hosts/install/docker-key.asc");
const key = readFileSync(file, "utf8");

describe("the key that comes with the library", () => {
  it("is Docker's, by its fingerprint, and a changed one is not", () => {
    expect(fingerprintOf(key)).toBe(DOCKER_KEY);
    expect(fingerprintOf(key.replace("mQINBFit2ioB", "mQINBFit2iwB"))).not.toBe(DOCKER_KEY);
  });

  it.each(["", "no key", key.replace("PUBLIC", "PRIVATE"), key.slice(0, 200)])(
    "is not read from what is no key (%#)",
    (text) => {
      expect(fingerprintOf(text)).toBeUndefined();
    },
  );
});

describe("the repository", () => {
  it("is Docker's for the machine's distribution, or a mirror with a key of its own", () => {
    expect(planRepository(BARE, { from: "docker" }, key)).toEqual({
      URI: "https://download.docker.com/linux/debian",
      ...{ KEY: key, FINGERPRINT: DOCKER_KEY, VERSION: "any" },
    });
    const repository = { url: "http://mirror.example/docker/", key: "other" };
    const args = { from: "docker", repository, version: "5:29.1.0-1" } as const;
    expect(planRepository({ os: "ubuntu" }, args, key)).toEqual({
      URI: "http://mirror.example/docker/ubuntu",
      ...{ KEY: "other", FINGERPRINT: "", VERSION: "5:29.1.0-1" },
    });
  });

  it("is refused where it has nothing for the machine, or another engine is there", () => {
    const other = { ...BARE, architecture: "riscv64" };
    expect(originRefusals(other, { from: "docker" })).toEqual([
      "its processor is riscv64, and Docker's repository has packages for x86_64, aarch64, armv7l. " +
        'Take the distribution\'s: `docker: { from: "distribution" }`',
    ]);
    expect(originRefusals(other, {})).toEqual([]);
    expect(originRefusals(HAS, {})).toEqual([]);
    expect(originRefusals(HAS, { from: "distribution" })).toEqual([]);
    expect(originRefusals(HAS, { from: "docker" })[0]).toMatch(
      /^it has docker\.io, and `docker\.from` is docker\./,
    );
    const foreign = { ...HAS, packages: {} };
    expect(originRefusals(foreign, { from: "docker" })[0]).toMatch(
      /^it has an engine of another origin/,
    );
  });

  it("is validated with the rest", () => {
    const host = { address: "h", user: "u", hostKey: `ssh-ed25519 ${"A".repeat(60)}` };
    const faults = (docker: unknown) => findSshFaults({ ...host, docker });
    expect(
      faults({ from: "docker", repository: { url: "https://mirror.example/x", key } }),
    ).toEqual([]);
    expect(faults({ from: "snap" })).toEqual([
      "`docker.from` must be one of: distribution, docker",
    ]);
    expect(faults({ repository: {} })).toEqual([
      '`docker.repository` is of Docker\'s own packages: add `from: "docker"`, or remove it',
    ]);
    expect(faults({ from: "docker", repository: { url: "http://a b", key: "x" } })).toEqual([
      "`docker.repository.url` must be an address without a login, e.g. `https://packages.example/docker/linux`",
      "`docker.repository.key` must be a public key in ASCII armor, as `gpg --armor --export ID` prints it",
    ]);
  });
});
