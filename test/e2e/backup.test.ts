/** Backups of a redis on a real machine: saved by the timer's unit and by hand, to a folder and to an SFTP server, and put back. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BackupBusy, backUp, lookAtBackups, restore } from "../../components/hosts/backup/ask.ts";
import { removeBackups, setUpBackups } from "../../components/hosts/backup/run.ts";
import type { BackupRequest } from "../../components/hosts/backup/types.ts";
import type { SshTarget } from "../../components/ssh/target.ts";
import { MachineBench } from "../support/machine.ts";

const full = process.env.LONGSHORE_TEST_SIZE === "full";
const ID = "test-1";
const PASSWORD = `a "word" of $1 that 'nobody' sees`;
const HOLDER = JSON.stringify({ actor: "ana@laptop", pid: 7, since: "2026-01-01T00:00:00Z" });
// What docs/backup.md says of a redis with an append-only file.
const BEFORE =
  "redis-cli -e config set auto-aof-rewrite-percentage 0 && " +
  "while redis-cli info persistence | grep -qE 'aof_rewrite_(in_progress|scheduled):1'; do sleep 0.2; done";
const AFTER = ["redis-cli", "-e", "config", "set", "auto-aof-rewrite-percentage", "100"];
const lockScript = readFileSync("components/fleet/state/lock.sh", "utf8");

let bench: MachineBench;
let target: SshTarget;
let store: SshTarget;
let image: string;
/** What redis had counted up to when the first backup began, and when it had ended. */
let counted: [number, number];
const run = (script: string, input?: string) => bench.run("m1", script, input);
const redis = async (words: string) => (await run(`docker exec redis redis-cli ${words}`)).trim();

beforeAll(async () => {
  bench = await MachineBench.create("backup");
  [target, store] = [await bench.machine("m1"), await bench.machine("store")];
  image = await bench.lend(target, "identidock/redis");
  await run(`docker volume create longshore-${ID}`);
  await start("data-1");
});
afterAll(() => bench?.remove());

/** Starts the redis on a volume, and waits until it answers. */
async function start(volume: string): Promise<void> {
  await run(
    "docker run --detach --name redis --restart unless-stopped --label longshore.service=redis " +
      `--volume ${volume}:/data ${image} >/dev/null && until docker exec redis redis-cli ping; do sleep 0.1; done`,
  );
}

function request(change: Partial<BackupRequest> = {}): BackupRequest {
  const commands = { before: ["sh", "-c", BEFORE], after: AFTER };
  return {
    ...{ name: "m1", target, record: `longshore-${ID}`, identity: "abc" },
    volumes: [{ volume: "redis/data", name: "data-1", ...commands }],
    ...{ to: "/srv/backups", password: PASSWORD, schedule: "daily" },
    keep: { daily: 7, weekly: 4, monthly: 6 },
    ...change,
  };
}

async function setUp(wanted = request()): Promise<string[]> {
  const lines: string[] = [];
  await setUpBackups(wanted, (line) => lines.push(line));
  return lines;
}

/** Puts the newest snapshot back. */
async function putBack(wanted = request(), wait = 0): Promise<string[]> {
  const { snapshots } = await lookAtBackups(wanted);
  const [newest] = snapshots.slice(-1);
  if (newest === undefined) throw new Error("no snapshot");
  const lines: string[] = [];
  await restore(wanted, newest, { holder: HOLDER, wait }, (line) => lines.push(line));
  return lines;
}

describe("backups", () => {
  it("are refused where the machine cannot carry them out, and nothing is touched", async () => {
    await expect(setUp(request({ schedule: "someday" }))).rejects.toThrow(
      /^Host `m1` does not take `backup\.schedule` \(.*someday.*\): .*Nothing was changed there\.$/,
    );
    expect(await run("ls -d /etc/longshore-backup; command -v restic || true")).toBe("");
  });

  it("are made by the timer's unit while the redis is written to, and no secret is seen", async () => {
    expect(await setUp()).toEqual(["installing restic"]);
    expect(await lookAtBackups(request())).toMatchObject({
      ...{ timer: "active", running: false, failure: undefined, succeeded: undefined },
      ...{ snapshots: [], next: expect.stringMatching(/^\d{4}-.*Z$/) as string },
    });
    await redis("set kept yes");
    // It would rewrite its file all the time.
    await redis("config set auto-aof-rewrite-min-size 1");
    const writing =
      'docker exec redis sh -c "until redis-cli get stop | grep -q yes; do redis-cli incr n; done"';
    await run(`systemd-run --unit=writer sh -c '${writing}'`);
    await expect.poll(() => redis("get n").then(Number)).toBeGreaterThan(10);
    const from = Number(await redis("get n"));
    await run(`systemctl start longshore-backup-${ID}.service`);
    counted = [from, Number(await redis("get n"))];
    await redis("set stop yes");
    const { snapshots, failure, succeeded } = await lookAtBackups(request());
    expect(failure).toBeUndefined();
    expect(Date.now() - Date.parse(succeeded ?? "")).toBeLessThan(60_000);
    expect(snapshots).toMatchObject([{ host: "m1", volume: "redis/data" }]);
    expect(await redis("config get auto-aof-rewrite-percentage")).toMatch(/100$/);
    expect(await run("stat -c '%a %U' /etc/longshore-backup/test-1/settings")).toBe("600 root\n");
    const seen = await run(
      "journalctl --no-pager; cat /etc/systemd/system/longshore-*; ls -R /srv/backups /var/lib/longshore-backup",
    );
    expect(seen).toContain("longshore-backup");
    expect(seen).not.toContain("nobody");
  });

  it("bring the data back after its volume was destroyed, as its user's own", async () => {
    await run("docker rm --force redis && docker volume rm data-1");
    await start("data-2");
    expect(await redis("get kept")).toBe("");
    const volumes = request().volumes.map((each) => ({ ...each, name: "data-2" }));
    const moved = request({ volumes });
    await expect(backUp(request())).rejects.toThrow("redis/data: there is no Docker volume data-1");
    expect((await lookAtBackups(moved)).failure).toContain("there is no Docker volume data-1");
    expect(await setUp(moved)).toEqual([]);
    expect(await putBack(moved)).toContain(
      "stopping 1 containers that use redis/data, and starting them with the restored data",
    );
    expect(await redis("get kept")).toBe("yes");
    // What it had while it was written to, whole up to a moment.
    const n = Number(await redis("get n"));
    expect(n).toBeGreaterThanOrEqual(counted[0]);
    expect(n).toBeLessThan(counted[1]);
    expect(await redis("set more yes")).toBe("OK");
    const left = await run(
      "ls /var/lib/docker/volumes/data-2; ls /var/lib/longshore-backup/test-1",
    );
    expect(left.split("\n").filter(Boolean)).toEqual(["_data", "failure", "succeeded"]);
    await backUp(moved);
    expect((await lookAtBackups(moved)).failure).toBeUndefined();
  });

  it("refuse a wrong password, and go on with the right one", async () => {
    await expect(setUp(request({ password: "another" }))).rejects.toThrow(
      /The repository cannot be opened: .*wrong password/,
    );
    expect(await run("ls /etc/longshore-backup")).toBe("test-1\n");
    expect((await lookAtBackups(request())).snapshots).toHaveLength(2);
  });
});

describe("a restore", () => {
  const now = () =>
    request({ volumes: request().volumes.map((each) => ({ ...each, name: "data-2" })) });
  const SHIM = `#!/bin/bash
"/usr/bin/$(basename "$0")" "$@"
code=$?
if [ -s /run/kill-after ] && [[ "$(basename "$0") $*" == $(cat /run/kill-after) ]]; then
  rm /run/kill-after
  kill -9 $PPID
fi
exit $code
`;

  const KILLS = [
    ["mv */_data */longshore-replaced", "saved", "a backup"],
    ["docker stop *", "before", "a backup"],
    ["mv */_data */_data", "saved", "a restore"],
  ] as const;
  it.each(full ? KILLS : KILLS.slice(0, 1))(
    "killed after `%s` leaves the data of %s, by %s that comes next",
    async (at, data, next) => {
      await redis("set state saved");
      await backUp(now());
      await redis("set state before");
      await run(
        "cat >/usr/local/sbin/mv; chmod 755 /usr/local/sbin/mv; cp /usr/local/sbin/{mv,docker}",
        SHIM,
      );
      await run("cat >/run/kill-after", at);
      await expect(putBack(now())).rejects.toThrow();
      await run("rm /usr/local/sbin/{mv,docker}; test ! -e /run/kill-after");
      expect((await lookAtBackups(now())).cutOff).toBe(true);
      if (next === "a backup") await backUp(now());
      else
        expect(await putBack(now())).toContain("a restore that was cut off comes to its end first");
      expect(await redis("get state")).toBe(data);
      expect((await lookAtBackups(now())).cutOff).toBe(false);
      expect(await run("ls /var/lib/docker/volumes/data-2")).toBe("_data\n");
    },
  );

  it("gives the containers what they had where they do not run with the restored data", async () => {
    const aof = "/var/lib/docker/volumes/data-2/_data/appendonlydir";
    await redis("set state before");
    // A backup of data that is broken, taken while nobody uses it.
    await run(`docker stop redis && cp -a ${aof} /srv/aof && echo broken >$(ls ${aof}/*.manifest)`);
    await backUp(now());
    await run(`rm -r ${aof} && mv /srv/aof ${aof} && docker start redis`);
    await expect(putBack(now())).rejects.toThrow(
      /The containers do not run with the restored data, and have that of before again: [\s\S]*manifest/,
    );
    await run("until docker exec redis redis-cli ping; do sleep 0.1; done");
    expect(await redis("get state")).toBe("before");
    await backUp(now());
  });

  it("and a release exclude each other", async () => {
    const lock =
      `docker run --rm --interactive --user 0 --volume longshore-${ID}:/etc/longshore --entrypoint bash ${image} ` +
      '-c "$(cat /run/lock.sh)" lock token';
    await run("cat >/run/lock.sh", lockScript);
    await run(
      "cat >/run/release.sh",
      `(echo '${HOLDER}'; while sleep 1; do echo beat; done) | ${lock} >/run/release.log`,
    );
    await run(
      "systemd-run --unit=release bash /run/release.sh; until grep -q locked /run/release.log; do sleep 0.1; done",
    );
    const busy = await putBack(now()).catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(BackupBusy);
    expect((busy as BackupBusy).holder).toBe(HOLDER);
    await run(
      "systemctl stop release; docker ps --quiet --filter ancestor=" +
        image +
        " --filter volume=longshore-" +
        ID +
        " | xargs -r docker rm --force",
    );

    const restoring = putBack(now(), 20);
    await run(
      "until grep -q ana@laptop $(docker volume inspect -f '{{.Mountpoint}}' longshore-test-1)/lock.holder && [ -e /var/lib/longshore-backup/test-1/restore ]; do sleep 0.05; done",
    );
    expect(await run(`echo '{}' | ${lock}`)).toBe(`held ${HOLDER}\n`);
    await restoring;
    expect(await run(`echo '{}' | ${lock}`)).toMatch(/^locked \d+\n$/);
  });

  it("is refused where another state has the machine", async () => {
    await run(
      "echo '{\"id\":\"other\"}' >$(docker volume inspect -f '{{.Mountpoint}}' longshore-test-1)/owner.json",
    );
    await expect(putBack(now())).rejects.toThrow("serves the stack for another state now");
    await run("rm $(docker volume inspect -f '{{.Mountpoint}}' longshore-test-1)/owner.json");
  });
});

describe("an SFTP server", () => {
  const sftp = (hostKey: string): BackupRequest =>
    request({
      volumes: request().volumes.map((each) => ({ ...each, name: "data-2" })),
      to: `sftp:deploy@${store.host}:/home/deploy/backups`,
      sftp: { privateKey: readFileSync(bench.identityFile, "utf8"), hostKey },
    });

  it("is not talked to where it has another host key", async () => {
    await expect(setUp(sftp(target.hostKey))).rejects.toThrow(/cannot be opened/);
    expect(await run("cat /etc/longshore-backup/test-1/settings | grep -c /srv/backups")).toBe(
      "1\n",
    );
  });

  it("keeps what is saved, and gives it back", async () => {
    const wanted = sftp(store.hostKey);
    await setUp(wanted);
    await redis("set state sent");
    await backUp(wanted);
    await redis("set state lost");
    await putBack(wanted);
    expect(await redis("get state")).toBe("sent");
    expect(await bench.run("store", "ls ~deploy/backups/config")).toContain("config");
  });
});

it("ends with what was saved left, and no secret", async () => {
  await removeBackups(request());
  const left = await run(
    "ls -d /etc/longshore-backup /var/lib/longshore-backup/* /usr/local/sbin/longshore-backup /etc/systemd/system/longshore-* 2>/dev/null || true; ls /srv/backups/config",
  );
  expect(left).toBe("/srv/backups/config\n");
});
