/** Docker installed by SSH on a machine that has nothing but its system. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { installDocker } from "../../components/hosts/install/run.ts";
import type { DockerArgs } from "../../components/hosts/install/types.ts";
import { keepUp } from "../../components/hosts/upkeep/run.ts";
import type { UpkeepArgs } from "../../components/hosts/upkeep/types.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";
import { ROOT } from "../support/test-stack.ts";

let bench: MachineBench;
let target: SshTarget;

beforeAll(async () => {
  bench = await MachineBench.create("install", "release");
  target = await bench.machine("m1");
});
afterAll(() => bench?.remove());

async function install(args: DockerArgs = {}) {
  const lines: string[] = [];
  const version = await installDocker({ name: "m1", target, ...args }, (line) => lines.push(line));
  return { version, lines };
}
const run = (script: string) => bench.run("m1", script);
/** Changes with each start of the engine. */
const started = async () => (await run("systemctl show docker --property MainPID")).trim();

/** Holds dpkg's lock as apt does, and prints a line when it has it. */
const HOLD_LOCK = `perl -MFcntl -e '
  open(my $lock, ">>", "/var/lib/dpkg/lock-frontend") or die;
  my $whole = pack("ssx4qqlx4", F_WRLCK, 0, 0, 0, 0);
  fcntl($lock, F_SETLK, $whole) or die;
  $| = 1; print "held\\n"; sleep shift' `;

/** A full disk, a clock that is an hour slow (`date` says so: machines share this computer's), and another system. */
const SPOIL =
  "mount -t tmpfs -o size=64m tmpfs /var/lib; mount -t tmpfs tmpfs /mnt; printf 'ID=alpine\nPRETTY_NAME=Alpine\n' >/mnt/os; " +
  "mount --bind /mnt/os /etc/os-release; " +
  'printf \'#!/bin/sh\nexec /bin/date --date="1 hour ago" "$@"\n\' >/usr/local/bin/date; chmod +x /usr/local/bin/date';

describe("Docker on a bare machine", () => {
  it("is refused for all that stands in the way at once, with nothing changed", async () => {
    const other = await bench.machine("m0");
    await bench.run("m0", SPOIL);
    const refused = await installDocker({ name: "m0", target: other }, () => {}).catch(String);
    expect(refused).toContain(
      "it runs Alpine: Docker is installed on Debian and Ubuntu. Install it there by hand, and leave `docker` out",
    );
    expect(refused).toMatch(/\/var\/lib has \d+ MiB free, and Docker needs 1024 MiB/);
    expect(refused).toMatch(
      /its clock is wrong by (359|360)\d s, .* Set it \(`timedatectl set-ntp true`\)/,
    );
    expect(await bench.run("m0", "ls /etc/docker 2>&1 || true")).toContain("No such file");
  });

  it("waits for another apt, and says who it is if that does not end", async () => {
    const script = readFileSync(join(ROOT, "components/hosts/install/install.sh"), "utf8");
    const variables =
      "VERSION=any PACKAGES=docker.io BEFORE= SETTINGS= APPLY= LIVE_RESTORE= GROUP_USER= LOCK_WAIT=1";
    const begin = `${HOLD_LOCK} 20 >/tmp/held 2>&1 & for i in $(seq 50); do [ -s /tmp/held ] || sleep 0.1; done\n`;
    const install = `${variables.replaceAll(" ", "\n")}\n${script}`;
    await expect(run(`${begin}${install}`)).rejects.toThrow(
      /apt is held by process \d+ \(perl\) for more than 1 s: let it end/,
    );
    await run("pkill perl");
  });

  it("is installed over two logins, kept at its version, and may be used by who logs in", async () => {
    const { version, lines } = await install();
    expect(lines).toEqual([
      "writing /etc/docker/daemon.json",
      "asking for packages",
      "installing docker.io docker-cli",
      "letting deploy use Docker",
      `Docker ${version} runs`,
    ]);
    // The group counts from the next login on.
    expect(await bench.logins("m1")).toBe(2);
    const info = (await dockerClient({ ssh: target }).info()) as Record<string, unknown>;
    expect(info).toMatchObject({
      ServerVersion: version,
      LiveRestoreEnabled: true,
      LoggingDriver: "local",
    });
    expect(await run("apt-mark showhold")).toBe("docker-cli\ndocker.io\n");
  });

  it("is left as it is when there is nothing to do", async () => {
    const before = await started();
    expect((await install()).lines).toEqual([]);
    expect(await started()).toBe(before);
  });

  it("takes settings by a reload, or by a restart that its containers survive", async () => {
    const docker = dockerClient({ ssh: target });
    const Image = await bench.lendBase(target);
    const container = await docker.createContainer({ Image, Cmd: ["sleep", "1000"] });
    await container.start();
    const { State } = await container.inspect();
    const before = await started();
    const reloaded = await install({
      settings: { "registry-mirrors": ["https://mirror.invalid"] },
    });
    expect(reloaded.lines.slice(0, 2)).toEqual([
      ...["writing /etc/docker/daemon.json", "reloading the engine's settings"],
    ]);
    expect(await started()).toBe(before);
    expect(await run("docker info --format '{{.RegistryConfig.Mirrors}}'")).toBe(
      "[https://mirror.invalid/]\n",
    );
    const restarted = await install({
      settings: { "max-concurrent-downloads": 5, "log-level": "warn" },
    });
    expect(restarted.lines).toContain("restarting the engine");
    expect(await started()).not.toBe(before);
    expect((await container.inspect()).State).toMatchObject({ Running: true, Pid: State.Pid });
    // What nobody has asked for stays.
    expect(await run("docker info --format '{{.RegistryConfig.Mirrors}}'")).toBe(
      "[https://mirror.invalid/]\n",
    );
  });

  it("keeps its settings when the engine refuses new ones, and says what it said", async () => {
    const file = await run("cat /etc/docker/daemon.json");
    await expect(install({ settings: { "no-such-setting": 1 } })).rejects.toThrow(
      /The engine refuses its settings: .*no-such-setting/s,
    );
    // Taken for right beforehand, and refused when it starts.
    await expect(install({ settings: { bridge: "none", bip: "10.1.0.1/24" } })).rejects.toThrow(
      /The settings of before are put back/,
    );
    expect(await run("cat /etc/docker/daemon.json; docker info >/dev/null && echo up")).toBe(
      `${file}up\n`,
    );
  });

  it("is refused to a user who cannot become root", async () => {
    await run("mv /etc/sudoers.d/deploy /var/tmp/");
    await expect(install()).rejects.toThrow(
      /`deploy` must become root without a password: `echo 'deploy ALL=/,
    );
    await run("mv /var/tmp/deploy /etc/sudoers.d/");
  });
});

/** In place of programs that would reach through to this computer's kernel, which the machine shares. */
const KERNEL = "swapon swapoff sysctl"
  .split(" ")
  .map((name) => `printf '#!/bin/sh\\necho ${name} "$@" >>/tmp/kernel\\n' >/usr/local/sbin/${name}`)
  .join("; ");

describe("its upkeep", () => {
  const keep = async (args: UpkeepArgs) => {
    const lines: string[] = [];
    await keepUp({ name: "m1", target, ...args }, (line) => lines.push(line));
    return lines;
  };

  it("is security updates by night, but Docker's, until they are not wanted any more", async () => {
    expect(await keep({ securityUpdates: true })).toEqual([
      "having security updates installed by night",
    ]);
    expect(await keep({ securityUpdates: true })).toEqual([]);
    const says = await run("unattended-upgrade --dry-run --debug 2>&1");
    expect(says).toMatch(/Initial blacklist: docker containerd runc/);
    expect(says).toMatch(/Allowed origins are: .*Debian-Security/);
    expect(await run("systemctl is-enabled apt-daily-upgrade.timer")).toBe("enabled\n");
    expect(await keep({})).toEqual(["ending security updates by night"]);
    expect(await run("ls /etc/apt/apt.conf.d")).not.toContain("longshore");
  });

  it("is a swap file, where the kernel is the machine's own", async () => {
    expect(await keep({ swap: 64 })).toEqual([
      "no swap: this machine is a container, and its kernel another one's",
    ]);
    await run(
      `${KERNEL}; printf '#!/bin/sh\\nexit 1\\n' >/usr/local/sbin/systemd-detect-virt; chmod +x /usr/local/sbin/*`,
    );
    expect(await keep({ swap: 64 })).toEqual(["making a swap file of 64 MiB"]);
    expect(await keep({ swap: 64 })).toEqual([]);
    const look =
      "blkid -p -s TYPE -o value /var/lib/longshore-swap; stat -c '%a %s' /var/lib/longshore-swap; grep -c swap /etc/fstab";
    expect(await run(look)).toBe(`swap\n600 ${64 * 1024 ** 2}\n1\n`);
    expect(await keep({ swap: 80 })).toEqual(["ending its swap", "making a swap file of 80 MiB"]);
    expect(await run(look)).toBe(`swap\n600 ${80 * 1024 ** 2}\n1\n`);
    await expect(keep({ swap: 9_000_000 })).rejects.toThrow(
      /`swap` is 9000000 MiB, and \/var\/lib has \d+ MiB free, of which 1024 must stay/,
    );
    expect(await run("cat /tmp/kernel")).toContain("swapon /var/lib/longshore-swap\n");
    expect(await keep({})).toEqual(["ending its swap"]);
    expect(await run("grep -c swap /etc/fstab || true; ls /etc/sysctl.d /var/lib")).not.toContain(
      "longshore-swap",
    );
  });
});
