/**
 * The first contact with a machine whose first boot a real cloud-init carries out, by our programs as the component calls
 * them. There is no udev: what systemd makes of /etc/fstab when it boots is read, and not carried out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeOneTimeKey } from "../../components/hosts/first-contact/run.ts";
import type {
  ContactRequest,
  Met,
  OneTimeKey,
} from "../../components/hosts/first-contact/types.ts";
import { DATA_FOLDERS, userData } from "../../components/hosts/first-contact/user-data.ts";
import { loginAnew } from "../../components/hosts/login-anew.ts";
import { nodeProgram } from "../../components/node-program.ts";
import { sshArguments } from "../../components/ssh/options.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";
import { makeKey } from "../support/simulated.ts";
import { ROOT } from "../support/test-stack.ts";

const DEVICE = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";
const VOLUME = "/usr/local/sbin/longshore-data-volume";
const script = (name: string) => readFileSync(join(ROOT, "test", name), "utf8");

let bench: MachineBench;
let oneTimeKey: OneTimeKey;
/** With the one-time key, and with the machine's own. */
let first: SshTarget;
let pinned: SshTarget;
let authorizedKeys: string[];

beforeAll(async () => {
  bench = await MachineBench.create("first-contact", "release");
  oneTimeKey = JSON.parse((await program({ step: "key", name: "m1" })).stdout) as OneTimeKey;
  // Its folders are not on a volume yet.
  const { host, identityFile = "" } = await bench.machine("m1", {
    Binds: ["/sys/fs/cgroup:/sys/fs/cgroup:rw"],
  });
  authorizedKeys = [readFileSync(`${identityFile}.pub`, "utf8").trim()];
  first = { user: "admin", host, identityFile, hostKey: oneTimeKey.publicKey };
  const text = userData({ user: "admin", authorizedKeys, oneTimeKey, device: DEVICE });
  await run(script("e2e/first-contact/image.sh"), text);
  await bench.docker.getContainer(`${bench.name}-m1`).restart();
});
afterAll(() => bench?.remove());

const run = (text: string, input?: string) => bench.run("m1", text, input);
const keysThere = () => run("cat ~admin/.ssh/authorized_keys");
const hostKeysThere = () => run("cd /etc/ssh && ls ssh_host_*");

/** A step as the command provider runs it. @param before what it printed the last time. */
async function program(request: ContactRequest, before?: string) {
  const { interpreter, create } = nodeProgram("first-contact");
  const [command = "", ...args] = [...interpreter, create];
  const env = before === undefined ? {} : { PULUMI_COMMAND_STDOUT: before };
  return execa(command, args, { cwd: ROOT, input: JSON.stringify(request), env, reject: false });
}
const meet = (before?: string) =>
  program({ step: "meet", name: "m1", machine: "i-1", target: first }, before);
const settle = (keys = authorizedKeys) =>
  program({
    ...{ step: "settle", name: "m1", target: pinned, authorizedKeys: keys },
    mounted: DATA_FOLDERS,
  });

describe("first contact", () => {
  it("refuses a machine with another one-time key, and meets the one with the right one", async () => {
    const found = await meet();
    expect(found).toMatchObject({ exitCode: 0, stderr: "m1: waiting for its first boot" });
    const { machine, hostKey } = JSON.parse(found.stdout) as Met;
    expect(machine).toBe("i-1");
    expect(`${hostKey}\n`).toBe(await run("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub"));
    pinned = { ...first, hostKey };
    const { publicKey } = await makeOneTimeKey();
    expect(await loginAnew({ ...first, hostKey: publicKey })).toMatch(
      /does not have the host key that is pinned \(ecdsa-sha2-nistp256\)/,
    );
  });

  it("can be met again as long as it has not settled, and is then reached by either key", async () => {
    // As after a kill that came before the answer was in the state.
    expect((await meet()).stdout).toBe(JSON.stringify({ machine: "i-1", hostKey: pinned.hostKey }));
    expect([await loginAnew(first), await loginAnew(pinned)]).toEqual([undefined, undefined]);
    expect((await hostKeysThere()).split("\n")).toContain("ssh_host_ecdsa_key");
  });

  it("waits for the volume, and then ends the one-time key", async () => {
    const settling = settle();
    await run(`NAME=${DEVICE}\n${script("support/cloud/attach.sh")}`);
    expect(await settling).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await hostKeysThere()).toBe("ssh_host_ed25519_key\nssh_host_ed25519_key.pub\n");
    expect(await loginAnew(pinned)).toBeUndefined();
    const own = ["-o", "LogLevel=INFO", "-o", "ControlPath=none"];
    const refused = await execa("ssh", [...own, ...sshArguments(first, ["true"])], {
      reject: false,
    });
    expect(refused.exitCode).toBe(255);
    expect(refused.stderr).toContain("no matching host key type found. Their offer: ssh-ed25519");
    expect(await run("cloud-init status")).toBe("status: done\n");
  });

  it("changes nothing when it is run again", async () => {
    const state = () => run("find /etc/ssh ~admin/.ssh -type f | sort | xargs stat -c '%n %i %Y'");
    const before = await state();
    const met = JSON.stringify({ machine: "i-1", hostKey: pinned.hostKey });
    expect(await meet(met)).toMatchObject({ exitCode: 0, stdout: met, stderr: "" });
    expect((await settle()).exitCode).toBe(0);
    expect(await state()).toBe(before);
  });

  it("writes other keys, and takes those back that would lock us out", async () => {
    const other = `${bench.identityFile}-other`;
    await makeKey(other);
    const stranger = readFileSync(`${other}.pub`, "utf8").trim();
    expect((await settle([...authorizedKeys, stranger])).exitCode).toBe(0);
    expect(await keysThere()).toBe(`${authorizedKeys[0]}\n${stranger}\n`);
    expect(await loginAnew({ ...pinned, identityFile: other })).toBeUndefined();

    const refused = await settle([stranger]);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toMatch(
      /^Host `m1`: its `authorizedKeys` do not let us in \(.*\)\. Those of before are back within a minute\.$/,
    );
    expect(await keysThere()).toBe(`${stranger}\n`);
    // Not waited for: what the timer starts.
    await run("systemctl start --wait longshore-keys.service");
    expect(await keysThere()).toBe(`${authorizedKeys[0]}\n${stranger}\n`);
    expect(await loginAnew(pinned)).toBeUndefined();
    expect((await settle()).exitCode).toBe(0);
    expect(await keysThere()).toBe(`${authorizedKeys[0]}\n`);
    expect(await run("ls ~admin/.ssh")).toBe("authorized_keys\n");
  });
});

describe("the data volume", () => {
  const mounts = () =>
    run("findmnt --noheadings --list --output TARGET,UUID | grep /var/lib/ | sort");
  const ALL = ["/var/lib/containerd", "/var/lib/docker", "/var/lib/longshore-data"];
  const unmount = `umount ${ALL.join(" ")}`;

  it("is formatted once, and mounted by its UUID from then on", async () => {
    const uuid = (await run(`blkid -p -s UUID -o value ${DEVICE}`)).trim();
    const found = await mounts();
    const lines = found
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    expect(lines).toEqual(ALL.map((folder) => [folder, uuid]));
    const table = await run("echo data >/var/lib/docker/file; cat /etc/fstab");
    await run(`${VOLUME} ${DEVICE}; ${unmount}; ${VOLUME} ${DEVICE}`);
    await run(`${unmount}; test ! -e /var/lib/docker/file; mount --all`);
    expect(await mounts()).toBe(found);
    expect(await run("cat /var/lib/docker/file /etc/fstab")).toBe(`data\n${table}`);
  });

  it("is there before the engine starts, and a machine boots without it", async () => {
    const units = await run(
      "mkdir -p /run/g/1 /run/g/2 /run/g/3; SYSTEMD_SYSFS_CHECK=0 /usr/lib/systemd/system-generators/systemd-fstab-generator " +
        "/run/g/1 /run/g/2 /run/g/3; cd /run/g/1; ls docker.service.requires containerd.service.requires multi-user.target.wants; " +
        "grep -h ^Before=docker *.mount; ls | grep local-fs.target.requires || true",
    );
    const all = ["containerd", "docker", "longshore\\x2ddata"].map((n) => `var-lib-${n}.mount\n`);
    const three = all.join("");
    expect(units).toBe(
      `containerd.service.requires:\n${three}\ndocker.service.requires:\n${three}\nmulti-user.target.wants:\n${three}` +
        "Before=docker.service containerd.service\n".repeat(3),
    );
  });

  it("is left as it is when it holds what is not known", async () => {
    await run(`${unmount}; wipefs --quiet --all ${DEVICE}`);
    const sum = () => run("sha256sum /volume");
    const before = await sum();
    await expect(run(`${VOLUME} ${DEVICE}`)).rejects.toThrow(
      "is not blank and holds no file system that is known here: it stays as it is",
    );
    expect(await sum()).toBe(before);
  });
});
