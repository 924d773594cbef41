/** The files that carry backups out on a machine, and what restic prints, read. */
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { parseSnapshots } from "../../../components/hosts/backup/ask.ts";
import {
  backupId,
  backupService,
  backupSettings,
  backupTimer,
  forgetArguments,
  knownHosts,
} from "../../../components/hosts/backup/settings.ts";
import type { BackupRequest } from "../../../components/hosts/backup/types.ts";

const TRICKY = `it's "a" $(touch x) \`b\` \\ ü\nand more`;
const request: BackupRequest = {
  name: "web-1",
  target: { user: "deploy", host: "web-1", hostKey: "ssh-ed25519 AAAA" },
  ...{ record: "longshore-shop-prod-1234abcd", identity: "abc" },
  volumes: [
    { volume: "redis/data", name: "shop-data-1", before: ["redis-cli", TRICKY], after: [] },
    { volume: "db/data", name: "shop-data-2", before: [], after: ["true"] },
  ],
  ...{ to: "s3:https://s3.example.com/b", password: TRICKY },
  s3: { accessKeyId: "id", secretAccessKey: "key", region: "eu-central-1" },
  ...{ schedule: "daily", keep: { daily: 2, weekly: 0, monthly: 6 } },
};

/** What bash finds in the settings. */
async function inBash(settings: string, script: string): Promise<string> {
  const { stdout } = await execa("bash", ["-euc", `${settings}${script}`], {
    env: { PATH: process.env.PATH },
    extendEnv: false,
  });
  return stdout;
}

describe("settings of backups", () => {
  it("are what bash reads them to be, whatever is in them", async () => {
    const settings = backupSettings(request);
    expect(await inBash(settings, 'printf %s "$RESTIC_PASSWORD"')).toBe(TRICKY);
    expect(await inBash(settings, 'printf "%s|" "${before_0[@]}"')).toBe(`redis-cli|${TRICKY}|`);
    const all = 'echo "${volumes[*]} ${names[*]} ${#before_1[@]} ${after_1[*]} ${forget[*]} $host"';
    expect(await inBash(settings, all)).toBe(
      "redis/data db/data shop-data-1 shop-data-2 0 true --keep-within 1d --keep-daily 2 --keep-monthly 6 web-1",
    );
    const exported = await inBash(settings, "env | grep -E '^(AWS|RESTIC_REP)' | sort");
    expect(exported.split("\n")).toEqual([
      "AWS_ACCESS_KEY_ID=id",
      "AWS_DEFAULT_REGION=eu-central-1",
      "AWS_SECRET_ACCESS_KEY=key",
      "RESTIC_REPOSITORY=s3:https://s3.example.com/b",
    ]);
  });

  it("name all empty secrets at once", () => {
    const s3 = { accessKeyId: "id", secretAccessKey: "" };
    expect(() => backupSettings({ ...request, password: "", s3 })).toThrow(
      "`backup.password`, `backup.s3.secretAccessKey` must not be empty. Nothing was changed.",
    );
  });

  it("pin an SFTP server, with its port where that is another one", async () => {
    const to = "sftp:saver@store.example.com:/backups";
    const sftp = { privateKey: "key", hostKey: " ssh-ed25519 AAAA\n" };
    expect(knownHosts({ to, sftp })).toBe("store.example.com ssh-ed25519 AAAA\n");
    const other = { ...sftp, port: 2222 };
    expect(knownHosts({ to, sftp: other })).toBe("[store.example.com]:2222 ssh-ed25519 AAAA\n");
    expect(knownHosts(request)).toBe("");
    const settings = backupSettings({ ...request, to, sftp: other });
    expect(await inBash(settings, 'echo "$sftp_login $sftp_port"')).toBe(
      "saver@store.example.com 2222",
    );
    expect(settings).not.toContain("privateKey");
  });

  it("keep what is said", () => {
    expect(forgetArguments({ daily: 0, weekly: 3, monthly: 0 })).toEqual([
      ...["--keep-within", "1d", "--keep-weekly", "3"],
    ]);
  });

  it("have units of their own for each stack", () => {
    const id = backupId(request);
    expect(backupTimer(id, "*-*-* 03:00")).toBe(
      "[Unit]\nDescription=Times of Longshore's backups of shop-prod-1234abcd\n\n" +
        "[Timer]\nOnCalendar=*-*-* 03:00\nPersistent=true\nRandomizedDelaySec=15min\n\n" +
        "[Install]\nWantedBy=timers.target\n",
    );
    expect(backupService(id).split("\n")).toContain(
      "ExecStart=/usr/local/sbin/longshore-backup /etc/longshore-backup/shop-prod-1234abcd now",
    );
  });
});

it("snapshots are read oldest first", () => {
  const printed = (id: string, time: string) => ({
    ...{ id, time, hostname: "web-1", paths: ["/a"], tags: ["longshore", "volume:redis/data"] },
  });
  const json = JSON.stringify([
    printed("b", "2026-02-01T01:00:00.123456789+02:00"),
    printed("a", "2026-01-31T22:00:00Z"),
  ]);
  expect(parseSnapshots(json)).toEqual([
    { id: "a", time: "2026-01-31T22:00:00.000Z", host: "web-1", volume: "redis/data", path: "/a" },
    { id: "b", time: "2026-01-31T23:00:00.123Z", host: "web-1", volume: "redis/data", path: "/a" },
  ]);
  expect(parseSnapshots("null")).toEqual([]);
});
