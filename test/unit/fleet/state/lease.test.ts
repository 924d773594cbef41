/** How long a deployer counts itself the holder of a host's lock, and what it does afterwards. */
import { describe, expect, it, vi } from "vitest";
import { HeldHost, Interrupted } from "../../../../components/fleet/state/held-host.ts";
import { Lease, LockLost } from "../../../../components/fleet/state/lease.ts";
import type { ReleaseHost } from "../../../../components/engine/host.ts";

const clock = () => {
  const time = { wall: 1_000_000, steady: 5 };
  return { time, now: () => ({ ...time }) };
};

describe("a lease", () => {
  it("holds for 10 s from the moment at which the last answered word was sent", () => {
    const { time, now } = clock();
    const lease = new Lease("web-1", now);
    time.steady += 4000;
    const answered = lease.word();
    time.steady += 5000; // the answer takes long
    answered();
    expect(() => lease.check()).not.toThrow();
    time.steady += 5000;
    expect(() => lease.check()).not.toThrow();
    time.steady += 1;
    expect(() => lease.check()).toThrow(LockLost);
  });

  it.each(["wall", "steady"] as const)("is lost also where only the %s clock shows it", (which) => {
    const { time, now } = clock();
    const lease = new Lease("web-1", now);
    time[which] += 60_000;
    expect(() => lease.check()).toThrow(
      "The lock of host `web-1` is lost: the host has confirmed it last 60 s ago (this process was suspended, " +
        "or the engine does not answer).",
    );
  });

  it("stays lost, whatever is answered later", async () => {
    const { time, now } = clock();
    const lease = new Lease("web-1", now);
    const answered = lease.word();
    time.wall += 60_000;
    expect(() => lease.check()).toThrow(LockLost);
    answered();
    lease.word()();
    expect(() => lease.check()).toThrow(LockLost);
    await expect(lease.lost).rejects.toThrow(LockLost);
  });
});

describe("a host that is held", () => {
  /** Notes what it is asked, and answers when told. */
  const engine = () => {
    const asked: string[] = [];
    const stop = vi.fn(() => new Promise<void>(() => {}));
    const host = {
      name: "web-1",
      inspection: {
        sweepHelpers: (stack: string) => Promise.resolve(void asked.push(`sweep ${stack}`)),
      },
      images: { remove: (ref: string) => Promise.resolve(void asked.push(`remove ${ref}`)) },
      networks: {},
      start: (name: string) => Promise.resolve(void asked.push(`start ${name}`)),
      stop,
    } as unknown as ReleaseHost;
    return { host, asked };
  };

  it("asks the engine nothing more once the lock is lost, and gives up what is under way", async () => {
    const { host, asked } = engine();
    const lease = new Lease("web-1");
    const held = new HeldHost(host, { lease, token: "t" });
    await held.start("app-1");
    const stopping = held.stop("app-1", 10);
    lease.lose("its keeper on the host has ended");
    await expect(stopping).rejects.toThrow("its keeper on the host has ended");
    await expect(held.start("app-2")).rejects.toThrow(LockLost);
    await expect(held.inspection.sweepHelpers("x")).rejects.toThrow(LockLost);
    await expect(held.images.remove("x")).rejects.toThrow(LockLost);
    held.takeBack(); // nothing is rolled back on a host that is somebody else's
    await expect(held.start("app-2")).rejects.toThrow(LockLost);
    expect(asked).toEqual(["start app-1"]);
  });

  it("ends what is under way when the release is told to stop, and lets it take back what it did", async () => {
    const { host, asked } = engine();
    const told = new AbortController();
    const held = new HeldHost(host, { lease: new Lease("web-1"), token: "t" }, told.signal);
    const stopping = held.stop("app-1", 10);
    told.abort(new Interrupted("it got SIGTERM"));
    await expect(stopping).rejects.toThrow("The release was interrupted: it got SIGTERM.");
    await expect(held.start("app-2")).rejects.toThrow(Interrupted);
    held.takeBack();
    await held.start("app-1");
    expect(asked).toEqual(["start app-1"]);
  });
});
