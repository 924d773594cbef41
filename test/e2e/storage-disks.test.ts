/**
 * The storage driver that an engine takes by itself on a disk that is not ext4, and what is left of such a disk. The other
 * file systems and drivers: storage-disks-full.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { StorageBench } from "./storage/bench.ts";

const PURPOSE = "btrfs-disk";
let bench: StorageBench;

beforeAll(async () => {
  bench = await StorageBench.create(PURPOSE);
});
afterAll(() => bench?.machines.remove());

describe("an engine whose data is on btrfs", () => {
  it("takes btrfs by itself, and stores images there", async (context) => {
    const { target, lacks } = await bench.machine("m1", "btrfs");
    if (lacks !== undefined) context.skip(`this kernel has no btrfs: ${lacks}`);
    await bench.install("m1", target);
    expect(await bench.use("m1", target)).toEqual({
      ...{ printed: "stored", driver: "btrfs", disk: "btrfs", folders: ["btrfs"] },
    });
  });

  it("leaves neither loop device nor file when the next run comes after a crash", async (context) => {
    if (bench.loops().length === 0) context.skip("there is no such disk, see above");
    const { name, docker } = bench.machines;
    const volumes = async () =>
      (await docker.listVolumes({ filters: { name: [name] } })).Volumes ?? [];
    expect(bench.loops()).toHaveLength(1);
    expect(await volumes()).toHaveLength(1);
    bench = await StorageBench.create(PURPOSE);
    // The kernel lets go of it when the last process of the machine is gone.
    await vi.waitFor(() => expect(bench.loops()).toEqual([]), { timeout: 10_000 });
    expect(await volumes()).toEqual([]);
  });
});
