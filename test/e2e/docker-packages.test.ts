/**
 * Docker's own packages, from a signed repository that a neighbouring machine serves. What is in them is Debian's
 * docker.io: this proves the way they are found, verified, installed and upgraded, not the packages that Docker builds.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installDocker } from "../../components/hosts/install/run.ts";
import { fingerprintOf } from "../../components/hosts/install/repository.ts";
import type { DockerArgs } from "../../components/hosts/install/types.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";
import { ROOT } from "../support/test-stack.ts";

let bench: MachineBench;
let target: SshTarget;
let repository: { url: string; key: string };
const version = (revision: number) => `5:26.1.5-${revision}~debian.13~trixie`;

beforeAll(async () => {
  bench = await MachineBench.create("docker-packages", "release");
  const serve = readFileSync(join(ROOT, "test/e2e/docker-packages/serve.sh"), "utf8");
  const [packages, machine] = await Promise.all([bench.machine("packages"), bench.machine("m1")]);
  target = machine;
  const key = await bench.run("packages", serve);
  repository = { url: `http://${packages.host}/docker/linux`, key };
});
afterAll(() => bench?.remove());

async function install(args: DockerArgs) {
  const lines: string[] = [];
  await installDocker({ name: "m1", target, from: "docker", ...args }, (line) => lines.push(line));
  return lines;
}
const run = (script: string) => bench.run("m1", script);
const state = () =>
  run(
    "dpkg-query --show; apt-mark showhold; find /etc /var/lib/apt/lists -type f | sort | xargs sha256sum",
  );

describe("Docker's own packages", () => {
  it("are refused, with nothing changed: another key, no such version, another address", async () => {
    const { url } = repository;
    const before = await state();
    await expect(install({ repository: { url } })).rejects.toThrow(
      /\/docker\/linux\/debian is not signed by the key 9DC858229FC7DD38854AE2D88D81803C0EBFCD88\. Is it Docker's repository, or a mirror/,
    );
    await expect(install({ repository, version: "5:27.0.0-1" })).rejects.toThrow(
      `${url}/debian has no docker-ce 5:27.0.0-1 for trixie. Its newest: ${[3, 2, 1].map(version).join(" ")}`,
    );
    const nowhere = { ...repository, url: `${url}/other` };
    await expect(install({ repository: nowhere })).rejects.toThrow(
      `${url}/other/debian has no packages for trixie`,
    );
    const closed = { ...repository, url: "http://127.0.0.1:9" };
    await expect(install({ repository: closed })).rejects.toThrow(
      /debian cannot be read from there\. In a closed network give a mirror/,
    );
    expect(await state()).toBe(before);
  });

  it("are installed in the wanted version, held, and not crossed by the distribution's", async () => {
    const lines = await install({ repository, version: version(1) });
    expect(lines).toEqual([
      `trying ${repository.url}/debian, signed by ${fingerprintOf(repository.key) ?? "?"}`,
      "writing /etc/docker/daemon.json",
      "asking for packages",
      `installing docker-ce=${version(1)} docker-ce-cli=${version(1)} containerd.io`,
      "letting deploy use Docker",
      expect.stringMatching(/^Docker 26\.1\.5\S* runs$/),
    ]);
    expect(await run("apt-mark showhold")).toBe("containerd.io\ndocker-ce\ndocker-ce-cli\n");
    expect(await run("apt-cache policy docker.io | sed -n 's/ *Candidate: //p'")).toBe("(none)\n");
    expect(await run("cat /etc/apt/sources.list.d/longshore-docker.sources")).toBe(
      [
        "Types: deb",
        `URIs: ${repository.url}/debian`,
        "Suites: trixie",
        "Components: stable",
        `Architectures: ${(await run("dpkg --print-architecture")).trim()}`,
        "Signed-By: /etc/apt/keyrings/longshore-docker.asc",
        "",
      ].join("\n"),
    );
    expect(await install({ repository, version: version(1) })).toEqual([]);
  });

  it("are not exchanged for the distribution's", async () => {
    await expect(install({ from: "distribution" })).rejects.toThrow(
      "it has docker-ce, and `docker.from` is distribution",
    );
  });
});
