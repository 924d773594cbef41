/** Storage drivers on disks of the file systems that they are for: each by a real engine that runs what it stores. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { StorageDriver } from "../../components/hosts/install/storage.ts";
import { type FileSystem, StorageBench } from "./storage/bench.ts";

const full = process.env.LONGSHORE_TEST_SIZE === "full";

let bench: StorageBench;

/** What is wanted on which disk, and what the engine then has. */
const CASES: [FileSystem, StorageDriver, string][] = [
  ["ext4", "auto", "overlay2"],
  ["xfs", "auto", "overlay2"],
  ["xfs", "overlay2", "overlay2"],
  ["btrfs", "btrfs", "btrfs"],
  ["ext4", "vfs", "vfs"],
  ["btrfs", "vfs", "vfs"],
];
/** What is refused on which disk, and why. */
const REFUSED: Record<FileSystem, [StorageDriver, RegExp]> = {
  ext4: ["btrfs", /btrfs does not work on ext2\/ext3, where the engine's data would be/],
  xfs: ["btrfs", /btrfs does not work on xfs, where the engine's data would be/],
  btrfs: ["overlay2", /overlay2 does not work on btrfs, where the engine's data would be/],
};
/** As `stat` has it. */
const DISKS: Record<FileSystem, string> = { ext4: "ext2/ext3", xfs: "xfs", btrfs: "btrfs" };
const WITHOUT_TYPES = "-m crc=0 -n ftype=0";
const READS_VERSION_4 = `set -e
  truncate --size 2G /disk/version-4
  mkfs.xfs -q ${WITHOUT_TYPES} /disk/version-4
  printf '#!/bin/sh\nexec /usr/sbin/xfs_info /disk/version-4\n' >/usr/local/bin/xfs_info
  chmod +x /usr/local/bin/xfs_info`;

describe.runIf(full)("an engine whose data is on a disk of its own", () => {
  beforeAll(async () => {
    bench = await StorageBench.create("disks");
  });
  // Neither loop device nor file is left of a machine.
  afterEach(async () => {
    await bench.machines.scrap("m1");
    await vi.waitFor(() => expect(bench.loops()).toEqual([]), { timeout: 10_000 });
  });
  afterAll(() => bench?.machines.remove());

  const nothing = async () => expect(await bench.run("m1", "command -v dockerd || true")).toBe("");

  it.for(CASES)("of %s, with %s wanted, has %s", async ([disk, wanted, driver], context) => {
    const { target, lacks } = await bench.machine("m1", disk);
    if (lacks !== undefined) context.skip(`this kernel has no ${disk}: ${lacks}`);
    const [unfit, why] = REFUSED[disk];
    await expect(bench.install("m1", target, unfit)).rejects.toThrow(why);
    await nothing();
    const lines = await bench.install("m1", target, wanted);
    const slow = lines.filter((line) => line.startsWith("vfs copies every layer whole"));
    expect(slow).toHaveLength(wanted === "vfs" ? 1 : 0);
    expect(await bench.use("m1", target)).toEqual({
      ...{ printed: "stored", driver, disk: DISKS[disk], folders: [driver] },
    });
    expect(bench.loops()).toHaveLength(1);
    // What is there stays.
    expect(await bench.install("m1", target)).toEqual([]);
  });

  it("of xfs without types of files is refused overlay2", async (context) => {
    let { target, lacks } = await bench.machine("m1", "xfs", WITHOUT_TYPES);
    // Newer kernels do not mount what has none, version 4 of the format. On those the machine has another xfs, and its
    // `xfs_info` reads a file with version 4.
    if (lacks !== undefined) {
      await bench.machines.scrap("m1");
      ({ target, lacks } = await bench.machine("m1", "xfs"));
      if (lacks !== undefined) context.skip(`this kernel has no xfs: ${lacks}`);
      await bench.run("m1", READS_VERSION_4);
    }
    for (const wanted of ["auto", "overlay2"] as const) {
      await expect(bench.install("m1", target, wanted)).rejects.toThrow(
        /overlay2 needs an xfs that was made with `ftype=1`, and the one of the engine's data was not/,
      );
    }
    await nothing();
  });
});
