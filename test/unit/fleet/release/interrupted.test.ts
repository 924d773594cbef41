/** Releases that are interrupted, or lose their host's lock, over made-up hosts. */
import { describe, expect, it } from "vitest";
import { StaleState } from "../../../../components/fleet/state/fence.ts";
import {
  HostLocked,
  NumberTaken,
  lockHost,
  ownHolder,
} from "../../../../components/fleet/state/lock.ts";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import { CleanUpFailure } from "../../../../components/fleet/release/failures.ts";
import { LEFT_ALONE, appRelease, stateOf } from "./app-release.ts";

const ANA = '{"actor":"ana@laptop","pid":7,"since":"2026-11-21T08:00:00Z"}';

describe("a release that was killed after its switch", () => {
  it("has its old replicas' requests waited for by the next one, which has nothing else to do", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      if (event === "switch app.b") host.cutOff = true;
    };
    await expect(release([host], appRelease(host, {}))).rejects.toThrow(LEFT_ALONE);
    Object.assign(host, { cutOff: false, onEvent: () => {}, sessions: 3 });
    host.events.length = 0;
    const { lines, report } = await release([host], appRelease(host, {}));
    expect(lines).toEqual([
      "app: replicas that an interrupted release left finish in-flight requests",
    ]);
    expect(host.events).toEqual([]);
    expect(report.release).toBe(2);
    expect(stateOf(host).services.app).toMatchObject({ active: "b", a: null });
    const again = await release([host], appRelease(host, {}));
    expect(again.lines).toEqual([]);
  });
});

describe("a host", () => {
  it("that another release holds is left alone, and says who that is", async () => {
    const host = await serving();
    const other = host.record().lock("lock-0", ANA, "ana");
    const failing = release([host], appRelease(host, {}));
    await expect(failing).rejects.toThrow(HostLocked);
    await expect(release([host], appRelease(host, {}))).rejects.toThrow(
      "Another release is in progress on host `one`: ana@laptop, process 7, since 2026-11-21T08:00:00Z.",
    );
    expect(host.events).toEqual([]);
    expect(host.record().reservation.number).toBe(1);
    other.end();
    await release([host], appRelease(host, {}));
    expect(host.map.get("app")).toBe("app.b");
  });

  it("is free again after a release, and after a failed one", async () => {
    const host = await serving();
    host.containers.set("app-3", { running: false, fate: "exits" });
    await expect(release([host], appRelease(host, {}))).rejects.toThrow();
    expect(host.record().holder).toBeUndefined();
    await release([host], appRelease(host, {}, ["app-5"]));
    expect(host.record().holder).toBeUndefined();
  });

  it("refuses a stack whose state is older than what it serves", async () => {
    const host = await serving();
    for (const [tag, name] of [
      ["v2", "app-3"],
      ["v3", "app-4"],
    ] as const) {
      await release([host], appRelease(host, { tag }, [name]));
    }
    host.events.length = 0;
    const old = { ...appRelease(host, { tag: "v4" }, ["app-5"]), lastRelease: 1 };
    await expect(release([host], old)).rejects.toThrow(StaleState);
    expect(host.events).toEqual([]);
    const { report } = await release([host], old, { takeOver: true });
    expect(report.release).toBe(4);
  });

  it("refuses what a release writes when another one has the same number", async () => {
    const host = await serving();
    host.onEvent = (event) => {
      // Meanwhile, elsewhere, by whoever does not ask for the lock.
      if (event === "start app-4") host.record().reservation = { number: 2, token: "another" };
    };
    await expect(release([host], appRelease(host, {}))).rejects.toThrow(
      "The lock of host `one` is lost: somebody else has had the lock since then, and has released up to number 2.",
    );
    expect(host.map.get("app")).toBe("app.a");
  });

  it("gives a number to one release only", async () => {
    const host = await serving();
    const lock = await lockHost(host, "proxy", ownHolder());
    await lock.reserve(2);
    await expect(lock.reserve(2)).rejects.toThrow(NumberTaken);
    await lock.close();
    await release([host], appRelease(host, {}));
    expect(host.record().reservation.number).toBe(3);
  });

  it("whose lock is lost in the middle is left to whoever has it, with nothing undone", async () => {
    const host = await serving();
    const wanted = request([host], [redis("v2"), service("app", "v1")], {
      ...{ redis: ["redis-2"], app: ["app-1", "app-2"] },
    });
    host.onEvent = (event) => {
      if (event !== "start redis-2") return;
      host.onEvent = () => {};
      host.cutOff = true;
      host.cutOff = false;
      host.events.length = 0;
    };
    await expect(release([host], wanted)).rejects.toThrow(LEFT_ALONE);
    expect(host.events).toEqual([]);
    // The guard on the host has brought back what served.
    expect(host.containers.get("redis-1")?.running).toBe(true);
    expect(host.containers.get("redis-2")?.running).toBe(false);
  });

  it("remembers what was broken, so that a program can tell a second time from the first", async () => {
    const host = await serving();
    host.containers.set("app-2", { running: false });
    const same = { ...appRelease(host, { tag: "v1" }, ["app-1", "app-2"]), repair: "app-2 ended" };
    await release([host], same);
    expect(stateOf(host).repair).toBe("app-2 ended");
  });
});

it("a failure after the switch has released, and says so", async () => {
  const host = await serving();
  host.onEvent = (event) => {
    if (event !== "switch app.b") return;
    host.onEvent = () => {};
    host.list = () => Promise.reject(new Error("the engine went away"));
  };
  const failing = release([host], appRelease(host, {}));
  await expect(failing).rejects.toThrow(CleanUpFailure);
  await expect(failing).rejects.toThrow("Released, but the clean-up failed");
  expect(host.map.get("app")).toBe("app.b");
});
