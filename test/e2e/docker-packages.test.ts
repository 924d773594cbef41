/**
 * Docker's own packages, from a signed repository that a neighbouring machine serves. What is in them is Debian's
 * docker.io: this proves the way they are found, verified, installed and upgraded, not the packages that Docker builds.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
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

async function install(args: DockerArgs & { upgrade?: boolean }) {
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

  describe("with a container that runs", () => {
    let container: Docker.Container;
    let pid: number;
    beforeAll(async () => {
      const Image = await bench.lendBase(target);
      const docker = dockerClient({ ssh: target });
      container = await docker.createContainer({ Image, Cmd: ["sleep", "1000"] });
      await container.start();
      pid = (await container.inspect()).State.Pid;
    });
    /** The engine's process. */
    const engine = () => run("systemctl show docker --property MainPID --value");
    /** The version of the package, and that the container has gone on with it. */
    const installed = async () => {
      expect((await container.inspect()).State).toMatchObject({ Running: true, Pid: pid });
      expect(await run("apt-mark showhold")).toBe("containerd.io\ndocker-ce\ndocker-ce-cli\n");
      return await run("dpkg-query --show --showformat '${Version}' docker-ce");
    };
    const linesTo = (revision: number): unknown[] => [
      expect.stringMatching(/^trying /),
      "asking for packages",
      `installing docker-ce=${version(revision)} docker-ce-cli=${version(revision)} containerd.io`,
      expect.stringMatching(/^Docker 26\.1\.5\S* runs$/),
    ];

    it("are upgraded, in a turn of its own", async () => {
      const wanted = { repository, version: version(2) };
      const before = await engine();
      // That comes after what is done on all machines at once.
      expect(await install(wanted)).toEqual([]);
      expect(await engine()).toBe(before);
      expect(await install({ ...wanted, upgrade: true })).toEqual(linesTo(2));
      expect(await engine()).not.toBe(before);
      expect(await installed()).toBe(version(2));
      expect(await install({ ...wanted, upgrade: true })).toEqual([]);
    });

    it("stay where the wanted ones are not to be had", async () => {
      const before = await engine();
      const script = readFileSync(join(ROOT, "components/hosts/install/install.sh"), "utf8");
      const variables = `VERSION=5:99 BEFORE=${version(2)}\nPACKAGES="docker-ce docker-ce-cli"\nSETTINGS= APPLY= GROUP_USER=\n`;
      await expect(run(`${variables}${script}`)).rejects.toThrow(
        /^m1: asking for packages\n[^]*Version '5:99' for 'docker-ce' was not found\s*$/,
      );
      expect(await engine()).toBe(before);
      expect(await installed()).toBe(version(2));
    });

    it("are put back where the engine does not start with the new ones", async () => {
      const wanted = { repository, version: version(3), upgrade: true };
      const failure = await install(wanted).catch(String);
      expect(failure).toMatch(/The engine does not answer after \d+ s\. Its last words:\n/);
      expect(failure).toMatch(
        /docker\.service: Main process exited, code=exited, status=1\/FAILURE/,
      );
      expect(failure).toContain(
        `${version(3)} does not work there, and ${version(2)} is put back.`,
      );
      expect(await installed()).toBe(version(2));
      expect(await run("systemctl is-active docker")).toBe("active\n");
    });

    it("become older only if that is said", async () => {
      const older = { repository, version: version(1) };
      const before = await engine();
      await expect(install(older)).rejects.toThrow(
        /which is older: an engine may not read what a newer one wrote\. Set `docker\.downgrade: true`/,
      );
      expect(await engine()).toBe(before);
      const said = { ...older, downgrade: true };
      expect(await install({ ...said, upgrade: true })).toEqual(linesTo(1));
      expect(await engine()).not.toBe(before);
      expect(await installed()).toBe(version(1));
    });
  });

  it("are not exchanged for the distribution's", async () => {
    await expect(install({ from: "distribution" })).rejects.toThrow(
      "it has docker-ce, and `docker.from` is distribution",
    );
  });
});
