/** Which storage driver a machine gets, by all that counts: each row names its rule. */
import { describe, expect, it } from "vitest";
import {
  DRIVERS,
  type StorageFacts,
  type StorageRule,
  chooseStorage,
} from "../../../components/hosts/install/storage.ts";

const EXT4: StorageFacts = {
  ...{ engine: "26.1.5+dfsg1", kernel: "6.12.48", disk: "ext2/ext3", ftype: undefined },
  ...{ knows: ["overlay", "fuse"], programs: [], current: undefined, holds: 0 },
};
const XFS = { ...EXT4, disk: "xfs", ftype: true };
const BTRFS = { ...EXT4, disk: "btrfs", knows: ["overlay", "btrfs", "fuse"] };
const ZFS = { ...EXT4, disk: "zfs", knows: ["overlay", "zfs", "fuse"], programs: ["zfs"] };
const NESTED = { ...EXT4, disk: "overlayfs" };
const FUSE = { ...NESTED, programs: ["fuse-overlayfs"] };
const NEW = { engine: "29.1.3" };
const NEW_PACKAGE = { engine: "5:29.1.0-1~debian.13~trixie" };
const RUNS = { current: "overlay2", holds: 5 };

/** `driver`: what daemon.json says; undefined: nothing; false: refused. */
type Row = [
  wanted: string,
  facts: StorageFacts,
  rule: StorageRule,
  driver: string | false | undefined,
];
const ROWS: Row[] = [
  // By itself, before containerd's image store and with it.
  ["auto", EXT4, "auto-overlay2", "overlay2"],
  ["auto", { ...EXT4, engine: undefined }, "auto-overlay2", "overlay2"],
  ["auto", { ...EXT4, disk: "ext4" }, "auto-overlay2", "overlay2"],
  ["auto", XFS, "auto-overlay2", "overlay2"],
  ["auto", { ...XFS, ftype: undefined }, "auto-overlay2", "overlay2"],
  ["auto", { ...XFS, ftype: false }, "disk-without-types", false],
  ["auto", BTRFS, "auto-disk", "btrfs"],
  ["auto", ZFS, "auto-disk", "zfs"],
  ["auto", { ...EXT4, ...NEW }, "auto-containerd", undefined],
  ["auto", { ...EXT4, ...NEW_PACKAGE }, "auto-containerd", undefined],
  ["auto", { ...XFS, ...NEW }, "auto-containerd", undefined],
  ["auto", { ...XFS, ...NEW, ftype: false }, "disk-without-types", false],
  ["auto", { ...BTRFS, ...NEW }, "auto-disk", "btrfs"],
  ["auto", { ...ZFS, ...NEW }, "auto-disk", "zfs"],
  ["auto", { ...ZFS, programs: [] }, "program-missing", false],
  ["auto", { ...BTRFS, knows: ["overlay"] }, "kernel-lacks", false],
  ["auto", NESTED, "auto-none", false],
  ["auto", { ...NESTED, ...NEW }, "auto-none", false],
  ["auto", FUSE, "auto-disk", "fuse-overlayfs"],
  ["auto", { ...FUSE, knows: ["overlay"] }, "auto-none", false],
  ["auto", { ...EXT4, disk: "tmpfs" }, "disk-is-memory", false],
  ["auto", { ...EXT4, disk: "nfs" }, "disk-is-remote", false],
  ["auto", { ...EXT4, kernel: "3.10.0-1160.el7" }, "kernel-old", false],
  ["auto", { ...EXT4, knows: [] }, "kernel-lacks", false],
  // An engine that is there keeps what it has, whatever it is.
  ["auto", { ...EXT4, ...RUNS }, "driver-kept", undefined],
  ["auto", { ...NESTED, current: "vfs" }, "driver-kept", undefined],
  ["auto", { ...EXT4, current: "devicemapper", holds: 3 }, "driver-kept", undefined],
  // By name.
  ["overlay2", EXT4, "chosen", "overlay2"],
  ["overlay2", { ...EXT4, ...NEW }, "chosen", "overlay2"],
  ["overlay2", BTRFS, "disk-unfit", false],
  ["overlay2", ZFS, "disk-unfit", false],
  ["overlay2", NESTED, "disk-unfit", false],
  ["overlay2", { ...XFS, ftype: false }, "disk-without-types", false],
  ["overlay2", { ...EXT4, kernel: "3.18.0" }, "kernel-old", false],
  ["overlay2", { ...EXT4, knows: ["btrfs"] }, "kernel-lacks", false],
  ["overlay2", { ...EXT4, disk: "cifs" }, "disk-is-remote", false],
  ["overlayfs", { ...EXT4, ...NEW }, "chosen", "overlayfs"],
  ["overlayfs", EXT4, "engine-old", false],
  ["overlayfs", { ...EXT4, engine: undefined }, "engine-old", false],
  ["overlayfs", { ...BTRFS, ...NEW }, "disk-unfit", false],
  ["btrfs", BTRFS, "chosen", "btrfs"],
  ["btrfs", EXT4, "disk-unfit", false],
  ["btrfs", { ...BTRFS, knows: ["overlay"] }, "kernel-lacks", false],
  ["zfs", ZFS, "chosen", "zfs"],
  ["zfs", EXT4, "disk-unfit", false],
  ["zfs", { ...ZFS, programs: [] }, "program-missing", false],
  ["fuse-overlayfs", FUSE, "chosen", "fuse-overlayfs"],
  ["fuse-overlayfs", NESTED, "program-missing", false],
  ["fuse-overlayfs", { ...FUSE, knows: [] }, "kernel-lacks", false],
  ["vfs", EXT4, "chosen-slow", "vfs"],
  ["vfs", { ...NESTED, kernel: "3.10.0", knows: [] }, "chosen-slow", "vfs"],
  ["vfs", { ...EXT4, disk: "tmpfs" }, "disk-is-memory", false],
  ["vfs", { ...EXT4, disk: "nfs4" }, "disk-is-remote", false],
  // An engine that has another one.
  ["overlay2", { ...EXT4, ...RUNS }, "driver-same", undefined],
  ["vfs", { ...EXT4, ...RUNS }, "switch-with-data", false],
  ["vfs", { ...EXT4, ...RUNS, holds: 0 }, "chosen-slow", "vfs"],
  ["overlayfs", { ...EXT4, ...NEW, ...RUNS }, "switch-with-data", false],
  ["btrfs", { ...EXT4, ...RUNS }, "disk-unfit", false],
  // What is not one any more, or never was.
  ["aufs", EXT4, "driver-removed", false],
  ["overlay", EXT4, "driver-removed", false],
  ["devicemapper", { ...EXT4, current: "devicemapper", holds: 3 }, "driver-removed", false],
  ["overlay3", EXT4, "driver-unknown", false],
  ["", EXT4, "driver-unknown", false],
];

describe("the storage driver of a machine", () => {
  it.each(ROWS)("%s on %o: %s", (wanted, facts, rule, driver) => {
    const choice = chooseStorage(wanted, facts);
    expect(choice.rule).toBe(rule);
    expect("refusal" in choice ? false : choice.driver).toBe(driver);
    // What is refused says what to do, or what there is.
    if ("refusal" in choice)
      expect(choice.refusal).toMatch(/Take |Install |Mount |Make |There are|With /);
  });

  it("is tried in every rule and by every name", () => {
    const rules = new Set(ROWS.map(([, , rule]) => rule));
    expect(rules.size).toBe(19);
    expect(ROWS.length).toBeGreaterThanOrEqual(40);
    for (const name of DRIVERS) expect(ROWS.some(([wanted]) => wanted === name)).toBe(true);
  });

  it("is switched with images and containers by consent, where that is known to work", () => {
    const choice = chooseStorage("vfs", { ...EXT4, ...RUNS }, true);
    expect(choice).toMatchObject({
      ...{ rule: "chosen-slow", driver: "vfs", switch: { from: "overlay2", to: "vfs" } },
    });
    expect(chooseStorage("vfs", { ...EXT4, ...RUNS, holds: 0 }, true)).not.toHaveProperty("switch");
    expect(chooseStorage("overlay2", { ...EXT4, ...RUNS }, true)).not.toHaveProperty("switch");
    expect(chooseStorage("overlayfs", { ...EXT4, ...NEW, ...RUNS }, true)).toEqual({
      rule: "switch-unknown",
      refusal:
        "its engine has the storage driver `overlay2` and 5 images and containers, which `overlayfs` would not find. " +
        "`switchStorage` takes none along from `overlay2` to `overlayfs`. Take the host out of the program, remove them " +
        "there (`docker system prune --all`), and bring it back; or keep the driver",
    });
    expect(chooseStorage("btrfs", { ...EXT4, ...RUNS }, true).rule).toBe("disk-unfit");
  });

  it("says since when a driver is gone, and what it is about what it chose", () => {
    expect(chooseStorage("aufs", EXT4)).toMatchObject({
      refusal: "the storage driver `aufs` is gone since Docker 24.0. Take `auto`, or `overlay2`",
    });
    expect(chooseStorage("devicemapper", EXT4)).toMatchObject({
      refusal: expect.stringContaining("since Docker 25.0") as string,
    });
    expect(chooseStorage("vfs", EXT4)).toMatchObject({
      note: "vfs copies every layer whole: for tests, not for services",
    });
    expect(chooseStorage("auto", NESTED)).toMatchObject({
      refusal: expect.stringContaining('With `storage: "vfs"` it works all the same') as string,
    });
  });
});
