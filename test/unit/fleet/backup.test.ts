/** What a fleet takes as its backups, and what it declares for them. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { declareBackups } from "../../../components/fleet/resources/backup.ts";
import {
  type BackupArgs,
  backupProblems,
  refuseBackup,
} from "../../../components/fleet/resources/backup-args.ts";
import type { BackupRequest } from "../../../components/hosts/backup/types.ts";
import { type Host, LocalHost, SshHost } from "../../../components/hosts/index.ts";
import { app, cache, defineServices, worker } from "../../../components/services/index.ts";
import { mockPulumi, settled } from "../../support/program.ts";

const resources = await mockPulumi("shop", "prod");
const image = { ref: `web@sha256:${"a".repeat(64)}`, tag: "v1" };
const volume = { name: "data", at: "/data" };
const hostKey = `ssh-ed25519 ${"A".repeat(60)}`;
const ssh = (name: string) => new SshHost(name, { address: name, user: "deploy", hostKey });
const { list: services } = defineServices({
  web: app({ image, port: 80 }),
  redis: cache({ image, port: 6379, volume }),
  files: worker({
    image,
    healthCheck: { runningFor: 1 },
    volume: { name: "uploads", at: "/data" },
  }),
});
const on = (host: Host) => ({
  services,
  hosts: [host],
  places: new Map(services.map(({ name }) => [name, new Map([[host.hostName, 1]])])),
});
const web1 = ssh("web-1");
const good: BackupArgs = {
  to: "/srv/backups",
  password: pulumi.secret("word"),
  before: { redis: [] },
};
const problems = (args: object) => backupProblems({ ...good, ...args }, on(web1));

describe("a fleet's backup", () => {
  it.each([
    {},
    { to: "s3:https://fra1.example.com/bucket/a", s3: { accessKeyId: "i", secretAccessKey: "k" } },
    { to: "sftp:me@store:/srv/backups", sftp: { privateKey: "k", hostKey, port: 2222 } },
    { schedule: "Mon..Fri *-*-* 03:00", keep: { daily: 0 }, after: { files: ["true"] } },
  ])("can be %j", (args) => {
    expect(problems(args)).toEqual([]);
  });

  it.each([
    "backups",
    "/",
    "/srv/../etc",
    "/srv/%h",
    "sftp:-oProxyCommand=x@store:/a",
    "sftp:me@-oProxyCommand=x:/a",
    "sftp:me:word@store:/a",
    "s3:http://store/bucket",
    "s3:https://key:word@store/bucket",
  ])("does not go to %s, which is not repeated", (to) => {
    const [first = ""] = problems({ to });
    expect(first).toBe(
      "`backup.to` must be an absolute folder, `sftp:USER@HOST:/FOLDER` or `s3:https://ADDRESS/BUCKET`, without a password in it.",
    );
  });

  it("is refused with all that is wrong at once", () => {
    const args = {
      ...{ to: "s3:https://store/bucket", password: "", schedule: "daily\nUser=x", every: "day" },
      keep: { daily: -1, yearly: 1 },
      sftp: { privateKey: "k", hostKey: "AAAA", port: 0 },
      before: { web: ["x"], redis: "SAVE" },
      after: { nobody: ["x"] },
    } as unknown as BackupArgs;
    expect(backupProblems(args, on(web1))).toEqual([
      "`backup.password` must be text or an output of text.",
      "`backup.sftp.hostKey` must be a public host key: `ssh-ed25519 AAAA…`.",
      "`backup.sftp.port` must be a port.",
      '`backup.before.redis` must be a list, e.g. `["redis-cli", "-e", "SAVE"]`.',
      "`backup.schedule` must be what systemd's `OnCalendar` takes, e.g. `daily` or `*-*-* 03:00`.",
      "`backup.keep.daily` must be 0 or more.",
      "`backup.keep.yearly` is not a known property: remove it.",
      "`backup.every` is not a known property: remove it.",
      "`backup.s3` is missing: give `{ accessKeyId, secretAccessKey }`.",
      "`backup.sftp` is of no use with this `backup.to`: remove it.",
      "`backup.before.web`: no service of this name has a volume (files, redis). Remove it.",
      "`backup.after.nobody`: no service of this name has a volume (files, redis). Remove it.",
    ]);
  });

  it("keeps something, and a cache says what is in its memory", () => {
    const keep = { daily: 0, weekly: 0, monthly: 0 };
    expect(problems({ keep, before: {} })).toEqual([
      "`backup.keep` must keep something: give one of daily, weekly and monthly 1 or more.",
      "`backup.before.redis` is missing: a cache has data in memory that is not in its volume yet. Give the command that " +
        'writes it, e.g. `["redis-cli", "-e", "SAVE"]`, or `[]` if there is none.',
    ]);
  });

  it("is nothing for this computer, or for services without a volume", () => {
    const local = new LocalHost("local", { dockerHost: "unix:///engine.sock" });
    expect(() => refuseBackup(good, on(local))).toThrow(
      "`backup`: host `local` is this computer, on which Longshore installs nothing and has no timers. Use a host " +
        "that is reached by SSH (`SshHost`), or remove `backup`.",
    );
    const none = { services: [], hosts: [web1], places: new Map() };
    expect(backupProblems({ ...good, before: {} }, none)).toEqual([
      "`backup` has nothing to save: no service has a volume. Remove it.",
    ]);
  });

  it("is set up on each host that has a volume, after the first one, which makes the repository", async () => {
    const hosts = [web1, ssh("web-2"), ssh("web-3")];
    const [redis, files] = ["redis", "files"].map(
      (wanted) => services.find(({ name }) => name === wanted) ?? services[0],
    );
    if (redis === undefined || files === undefined) throw new Error("no services");
    const name = pulumi.output("shop-web-1-redis-data-1234567");
    const stored = new Map([
      ["web-1", [{ service: redis, volume: "data", name }]],
      ["web-2", []],
      ["web-3", [{ service: files, volume: "uploads", name: "other" }]],
    ]);
    const identity = pulumi.output("abc");
    const args = { ...good, before: { redis: ["redis-cli", "-e", "SAVE"] } };
    const context = { stack: "shop/prod", identity, hosts, stored };
    declareBackups("shop", args, context, { parent: web1, dependsOn: [] });
    await settled();
    const found = resources.filter((each) => each.name.endsWith("-backup"));
    expect(found.map((each) => each.name)).toEqual(["shop-web-1-backup", "shop-web-3-backup"]);
    expect(found[1]?.options.dependsOn).toEqual(["shop-web-1-backup"]);
    const stdin = found[0]?.inputs.stdin as { value: string };
    expect(Object.keys(stdin)).toContain("4dabf18193072939515e22adb298388d");
    expect(JSON.parse(stdin.value) as BackupRequest).toEqual({
      name: "web-1",
      target: { user: "deploy", host: "web-1", hostKey },
      record: expect.stringMatching(/^longshore-shop-prod-[0-9a-f]{8}$/) as string,
      identity: "abc",
      volumes: [
        {
          ...{ volume: "redis/data", name: "shop-web-1-redis-data-1234567" },
          ...{ before: ["redis-cli", "-e", "SAVE"], after: [] },
        },
      ],
      ...{ to: "/srv/backups", password: "word", schedule: "daily" },
      keep: { daily: 7, weekly: 4, monthly: 6 },
    });
  });
});
