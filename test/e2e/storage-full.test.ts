/** Storage drivers of an engine on a simulated machine: switched with images, a volume and running containers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installDocker } from "../../components/hosts/install/run.ts";
import type { DockerArgs } from "../../components/hosts/install/types.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";

const full = process.env.LONGSHORE_TEST_SIZE === "full";

let bench: MachineBench;
let target: SshTarget;
const run = (script: string) => bench.run("m1", `set -e; ${script}`);

async function install(args: DockerArgs = {}) {
  const lines: string[] = [];
  await installDocker({ name: "m1", target, ...args }, (line) => lines.push(line));
  return lines;
}
const driver = () => run("docker info --format '{{.Driver}}'");
const images = () =>
  run("docker images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort");
const all = () => run("docker ps --all --format '{{.Names}} {{.State}}' | sort");
const volume = () => run("cat /var/lib/docker/volumes/data/_data/file");
const rest = () =>
  run("ls -d /var/lib/docker/longshore-switch /var/lib/docker/{overlay2,vfs} 2>/dev/null || true");
const containers = (base: string) =>
  run(`
    docker run --detach --name anchor --label longshore.stack=s --volume data:/data ${base} \
      sh -c 'echo kept >/data/file; trap exit TERM; sleep 1000 & wait' >/dev/null
    docker run --detach --name proxy --label longshore.stack=s --network container:anchor ${base} \
      sh -c 'trap exit TERM; sleep 1000 & wait' >/dev/null
    docker create --name spare --label longshore.stack=s ${base} true >/dev/null`);
const ALL = "anchor running\nproxy running\nspare created\n";

/** A program of a machine does something else on some arguments, as with a full disk or a fault of its own. */
const instead = (program: string, pattern: string, does: string) => ({
  begin: () =>
    bench.run(
      "m1",
      `cat >/usr/local/bin/${program} && chmod +x /usr/local/bin/${program}`,
      `#!/bin/sh\ncase "$*" in ${pattern}) ${does};; esac\nexec /usr/bin/${program} "$@"\n`,
    ),
  end: () => run(`rm /usr/local/bin/${program}`),
});
const breaking = (program: string, pattern: string) =>
  instead(program, pattern, 'echo "broken on purpose" >&2; exit 1');
/** The whole script is killed there. */
const ending = (program: string, pattern: string) =>
  instead(program, pattern, "kill -9 $PPID; exit 1");
/** The engine itself does not start with a driver. */
const without = (name: string) => ({
  begin: () =>
    bench.run(
      "m1",
      `mkdir -p ${DROP_IN} && cat >${DROP_IN}/without.conf && systemctl daemon-reload`,
      `[Service]\nExecStartPre=/bin/sh -c "! grep -q ${name} /etc/docker/daemon.json"\n`,
    ),
  end: () => run(`rm -r ${DROP_IN}; systemctl daemon-reload`),
});
const DROP_IN = "/etc/systemd/system/docker.service.d";
const back = (step: string) =>
  `Switching from overlay2 to vfs failed while ${step}. overlay2 is back, with what ran.`;
const NOT_BACK =
  "Switching from overlay2 to vfs failed while starting the engine with vfs, and overlay2 could not be brought back whole";
const CUT_OFF = ["a switch from overlay2 to vfs was cut off", "taking the old storage driver back"];
/** What is broken, what it says, and what the next run has to do. */
const FAILURES = [
  {
    ...{ what: "docker save", ...breaking("docker", "save*"), next: [] },
    words: "it failed while saving its images. Nothing was changed",
  },
  {
    ...{ what: "docker stop", ...breaking("docker", "stop*"), next: [] },
    words: back("stopping its containers"),
  },
  {
    ...{ what: "systemctl stop", ...breaking("systemctl", "'stop docker'"), next: [] },
    words: back("stopping the engine"),
  },
  {
    ...{ what: "the engine with vfs", ...without("vfs"), next: [] },
    words: back("starting the engine with vfs"),
  },
  {
    ...{ what: "systemctl start", ...breaking("systemctl", "'start docker'"), next: CUT_OFF },
    words: NOT_BACK,
  },
  {
    ...{ what: "docker load", ...breaking("docker", "load*"), next: [] },
    words: back("loading its images"),
  },
  {
    ...{ what: "an image", ...breaking("docker", "'image inspect sha'*"), next: [] },
    words: back("looking for its images"),
  },
  {
    ...{ what: "its end while it saves", ...ending("docker", "save*"), next: [] },
    words: "ssh://deploy@",
  },
  {
    ...{ what: "its end while it stops", ...ending("systemctl", "'stop docker'"), next: CUT_OFF },
    words: "ssh://deploy@",
  },
  {
    ...{ what: "its end while it starts", ...ending("systemctl", "'start docker'"), next: CUT_OFF },
    words: "ssh://deploy@",
  },
  {
    ...{ what: "its end while it loads", ...ending("docker", "load*"), next: CUT_OFF },
    words: "ssh://deploy@",
  },
];

describe.runIf(full)("a switch of the storage driver", () => {
  let base: string;

  beforeAll(async () => {
    bench = await MachineBench.create("storage", "release");
    target = await bench.machine("m1");
    await install({ storage: "overlay2" });
    base = await bench.lendBase(target);
    for (const name of ["one", "two"]) {
      await run(
        `id=$(docker create ${base} true); docker commit --change 'ENV A=${name}' $id ${name}:1; docker rm $id`,
      );
    }
    await containers(base);
  });
  afterAll(() => bench?.remove());

  it("is refused without consent, and with a container that is not Longshore's", async () => {
    await expect(install({ storage: "vfs" })).rejects.toThrow(
      /`switchStorage: true` takes the images/,
    );
    await run(`docker run --detach --name theirs ${base} sleep 1000`);
    await expect(install({ storage: "vfs", switchStorage: true })).rejects.toThrow(
      /these containers are not Longshore's, .*: theirs\. Remove them there first\. Nothing was changed/,
    );
    await run("docker rm --force theirs");
    await run(`docker run --detach --rm --name once --label longshore.stack=s ${base} sleep 1000`);
    await expect(install({ storage: "vfs", switchStorage: true })).rejects.toThrow(
      /these containers end for good when they are stopped: once\. Let them end first\. Nothing was changed/,
    );
    await run("docker rm --force once");
    await expect(
      install({ storage: "vfs", switchStorage: true, settings: { "data-root": "/var/lib/other" } }),
    ).rejects.toThrow(
      /the settings move the engine's data\. Do that by itself\. Nothing was changed/,
    );
    await run("mkdir /var/lib/docker/vfs");
    await expect(install({ storage: "vfs", switchStorage: true })).rejects.toThrow(
      /\/var\/lib\/docker has data of an earlier vfs\./,
    );
    await run("rmdir /var/lib/docker/vfs");
    expect(await driver()).toBe("overlay2\n");
    expect(await all()).toBe(ALL);
  });

  it.each(FAILURES)("that fails by $what leaves all as it was", async (failure) => {
    const before = [await driver(), await images(), await all(), await volume()];
    await failure.begin();
    try {
      await expect(install({ storage: "vfs", switchStorage: true })).rejects.toThrow(failure.words);
    } finally {
      await failure.end();
    }
    const now = async () => [await driver(), await images(), await all(), await volume()];
    if (failure.next.length === 0) expect(await now()).toEqual(before);
    // What could not be brought back at once is by the next run, whatever that is for.
    expect(await install()).toEqual(failure.next);
    expect(await now()).toEqual(before);
    expect(await rest()).toBe("/var/lib/docker/overlay2\n");
  });

  it("takes images and volumes along, to vfs and back", async () => {
    const before = await images();
    expect(before.trim().split("\n")).toHaveLength(3);
    for (const [from, to] of [
      ["overlay2", "vfs"],
      ["vfs", "overlay2"],
    ] as const) {
      expect(await install({ storage: to, switchStorage: true })).toEqual([
        ...(to === "vfs" ? ["vfs copies every layer whole: for tests, not for services"] : []),
        "saving 3 images",
        "stopping 2 containers",
        `switching from ${from} to ${to}`,
        "loading 3 images",
        `the engine has ${to} and its images; its containers are gone, to be made anew by a release`,
        expect.stringMatching(/^Docker .* runs$/),
      ]);
      expect([await driver(), await images(), await volume()]).toEqual([
        `${to}\n`,
        before,
        "kept\n",
      ]);
      expect(await run("docker ps --all --quiet")).toBe("");
      expect(await rest()).toBe(`/var/lib/docker/${to}\n`);
      // By the same names, as a release does.
      await containers(base);
      expect(await all()).toBe(ALL);
    }
    expect(await install({ storage: "overlay2", switchStorage: true })).toEqual([]);
  });

  it("that cannot remove the old driver's data says so, and the next run does", async () => {
    const before = await images();
    const broken = breaking("rm", "*/overlay2");
    await broken.begin();
    await expect(install({ storage: "vfs", switchStorage: true })).rejects.toThrow(
      /The engine has vfs with its images\. What overlay2 left in \/var\/lib\/docker could not be removed/,
    );
    await broken.end();
    expect(await install()).toEqual(["removing what overlay2 left"]);
    expect([await driver(), await images(), await volume()]).toEqual(["vfs\n", before, "kept\n"]);
    expect(await run("docker ps --all --quiet")).toBe("");
    expect(await rest()).toBe("/var/lib/docker/vfs\n");
  });
});
