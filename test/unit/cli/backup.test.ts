/** What `longshore backup` and `restore` choose, and print. */
import { describe, expect, it } from "vitest";
import { backupText, pickSnapshot, pickVolume } from "../../../components/cli/commands/backup.ts";
import type { BackupRequest } from "../../../components/hosts/backup/types.ts";
import { readBackups } from "../../../components/releases/exported-state.ts";

const request = (name: string, ...volumes: string[]) =>
  ({
    name,
    volumes: volumes.map((volume) => ({ volume, name: volume, before: [], after: [] })),
  }) as unknown as BackupRequest;
const requests = [request("web-1", "redis/data", "db/tables"), request("web-2", "files/uploads")];
const snapshot = (id: string, time: string, volume = "redis/data") => ({
  ...{ id: id.padEnd(64, "0"), time, host: "web-1", volume, path: "/data" },
});
const snapshots = [
  snapshot("1a", "2026-01-01T00:00:00.000Z"),
  snapshot("1b", "2026-01-02T00:00:00.000Z"),
  snapshot("1c", "2026-01-03T00:00:00.000Z", "db/tables"),
];

describe("a volume", () => {
  it("is known by its name, and by its service's before it", () => {
    expect(pickVolume(requests, "tables")).toEqual({ request: requests[0], name: "db/tables" });
    expect(pickVolume(requests, "files/uploads").request.name).toBe("web-2");
    expect(() => pickVolume(requests, "date")).toThrow(
      "There is no volume `date`. There are: redis/data, db/tables, files/uploads.",
    );
  });

  it("gets its newest snapshot, or the one that is named, and none of another volume", () => {
    expect(pickSnapshot(snapshots, "redis/data").id).toMatch(/^1b/);
    expect(pickSnapshot(snapshots, "redis/data", "1a").id).toMatch(/^1a/);
    for (const bad of ["1", "1c", "2"]) {
      expect(() => pickSnapshot(snapshots, "redis/data", bad)).toThrow(
        `redis/data has no one snapshot \`${bad}\`. There are: 1a000000, 1b000000`,
      );
    }
    expect(() => pickSnapshot([], "redis/data")).toThrow(
      "redis/data has no snapshot. There are: none",
    );
  });
});

describe("a list", () => {
  const facts = { timer: "active", running: false, cutOff: false, snapshots };
  const next = "2026-01-05T00:00:00Z";
  const now = Date.parse("2026-01-04T12:00:00Z");
  const [web1 = request("?"), web2 = request("?")] = requests;

  it("says how backups went, and what there is, each once", () => {
    const good = { ...facts, request: web1, next, succeeded: "2026-01-03T00:00:00Z" };
    const bad = {
      ...facts,
      request: web2,
      next: undefined,
      timer: "inactive",
      succeeded: undefined,
    };
    const text = backupText(
      [
        { ...good, failure: undefined },
        { ...bad, cutOff: true, failure: "files/uploads: no space" },
      ],
      now,
    );
    expect(text.split("\n")).toEqual([
      "web-1: saved 36 h ago (2026-01-03 00:00:00 UTC); next at 2026-01-05 00:00:00 UTC",
      "web-2: never saved yet; the last one failed: files/uploads: no space; a restore was cut off: run it again; its timer is inactive",
      "SNAPSHOT  VOLUME      HOST   TIME (UTC)           AGE",
      "1c000000  db/tables   web-1  2026-01-03 00:00:00  36 h",
      "1b000000  redis/data  web-1  2026-01-02 00:00:00  2 days",
      "1a000000  redis/data  web-1  2026-01-01 00:00:00  3 days",
    ]);
  });
});

it("backups are found in a state, by host", () => {
  const urn = (name: string) =>
    `urn:pulumi:prod::shop::longshore:fleet:Fleet$command:local:Command::${name}`;
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(JSON.stringify(value)),
  });
  const resources = ["web-2", "web-1"].map((name) => ({
    ...{ urn: urn(`shop-${name}-backup`), type: "command:local:Command" },
    inputs: { stdin: secret({ name }) },
  }));
  const other = { urn: urn("shop-subnet"), type: "command:local:Command", inputs: { stdin: "x" } };
  expect(readBackups({ resources: [...resources, other] })).toEqual([
    { name: "web-1" },
    { name: "web-2" },
  ]);
  expect(readBackups({})).toEqual([]);
});
