/** What is watched after the switch, and what ends a release then. */
import { afterEach, describe, expect, it } from "vitest";
import { judge } from "../../../../components/fleet/release/proofs/watch.ts";
import type { ServiceRequest } from "../../../../components/fleet/types.ts";
import type { FakeHost } from "../../../support/fakes/host.ts";
import { redis, release, request, service, serving } from "../../../support/release.ts";
import { V2, appRelease } from "./app-release.ts";

const watch = { seconds: 0.8, maxErrors: 5 };
const WATCHED = "service `app` v2 on host `one`, watched after the switch";

/** Releases app v2; `then` happens once it is switched to. */
async function releaseAnd(
  host: FakeHost,
  then: () => void,
  extra: Partial<ServiceRequest> = {},
): Promise<{ lines: string[] }> {
  host.onEvent = (event) => event === "switch app.b" && then();
  return release([host], appRelease(host, { watch, ...extra }));
}

/** From now on 3 of each 40 answers of app's new version fail, whenever one looks. */
function failingAnswers(host: FakeHost): void {
  let tenths = 0;
  const answer = () => {
    tenths++;
    host.traffic.set("app.b", { requests: 40 * tenths, errors: 3 * tenths, averageMs: 1 });
  };
  timers.push(setInterval(answer, 100));
}

const timers: NodeJS.Timeout[] = [];
afterEach(() => timers.splice(0).forEach((timer) => clearInterval(timer)));

const GRPC = { grpc: { port: 50051, protocol: "tcp" as const } };

/** The next looks at a replica's port `grpc` find it closed, for as many as are left. */
function closedLooks(host: FakeHost): { left: number } {
  const looks = { left: 0 };
  const exec = host.exec.bind(host);
  host.exec = (container, command, ...more) =>
    command[3] === "closed-ports"
      ? Promise.resolve({ exitCode: 0, stdout: looks.left-- > 0 ? "50051\n" : "", stderr: "" })
      : exec(container, command, ...more);
  return looks;
}

/** Old replicas serve as before, new ones are stopped. */
function expectBack(host: FakeHost): void {
  expect(host.map.get("app")).toBe("app.a");
  const running = (name: string) => host.containers.get(name)?.running;
  expect(["app-1", "app-2", ...V2].map(running)).toEqual([true, true, false, false]);
}

describe("a new version that serves", () => {
  it("has passed when it stays as it is, and only then do the old replicas go", async () => {
    const host = await serving();
    const { lines } = await releaseAnd(host, () => {});
    const said = lines.map((line) => line.replace(/ \(\d.*\)$/, ""));
    expect(said.slice(said.indexOf("switched"))).toEqual([
      "switched",
      "app: watched for 0.8 s, while the old version stays ready",
      "new versions: still healthy",
      "old versions: drained",
    ]);
  });

  it("fails by the answers of its other ports, too", async () => {
    const host = await serving();
    const ports = { metrics: { port: 9100, protocol: "http" as const } };
    let [looks, answers] = [0, 0];
    const exec = host.exec.bind(host);
    host.exec = (container, command, ...more) => {
      if (command[3] !== "closed-ports") return exec(container, command, ...more);
      if (++looks > 2) answers += 30;
      host.traffic.set("app.b.metrics", { requests: answers, errors: answers });
      return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
    };
    await expect(releaseAnd(host, () => {}, { ports })).rejects.toThrow(
      new RegExp(`${WATCHED}: \\d+ of \\d+ requests failed \\(100.0 %, at most 5 %\\)`),
    );
    expectBack(host);
  });

  it("fails when one of its other ports takes no connections any more", async () => {
    const host = await serving();
    const looks = closedLooks(host);
    const failing = releaseAnd(host, () => (looks.left = Infinity), { ports: GRPC });
    await expect(failing).rejects.toThrow(
      `${WATCHED}: no longer healthy: nothing listens on port 50051 (\`grpc\`)`,
    );
    expectBack(host);
  });

  it("may miss one look at its other ports: that may be chance", async () => {
    const host = await serving();
    const looks = closedLooks(host);
    // Of both replicas.
    const { lines } = await releaseAnd(host, () => (looks.left = 2), { ports: GRPC });
    expect(looks.left).toBeLessThan(0);
    expect(lines.join("\n")).toContain("new versions: still healthy");
  });

  it("is not watched where the definition says so", async () => {
    const host = await serving();
    const { lines } = await releaseAnd(host, () => {}, { watch: { ...watch, seconds: 0 } });
    expect(lines.join("\n")).not.toContain("watched");
  });

  it.each([
    ["exits", "app-3", { fate: "exits" }, "exited with code 3"],
    ["is started again", "app-4", { restarts: 1 }, "exited and was restarted (1 ×)"],
    ["is removed", "app-3", undefined, "was removed"],
    ["goes down", "app-4", { fate: "deaf" }, "no longer healthy: "],
  ] as const)("is left when a replica %s", async (_what, replica, becomes, says) => {
    const host = await serving();
    const failed = releaseAnd(host, () => {
      if (becomes === undefined) host.containers.delete(replica);
      else Object.assign(host.containers.get(replica) ?? {}, becomes);
    });
    await expect(failed).rejects.toThrow(WATCHED);
    await expect(failed).rejects.toThrow(says);
    await expect(failed).rejects.toThrow("rolled back: the old version serves.");
    expect(host.map.get("app")).toBe("app.a");
    expect(host.containers.get("app-1")?.running).toBe(true);
  });

  it("is left when too many of its answers fail", async () => {
    const host = await serving();
    const failed = releaseAnd(host, () => failingAnswers(host));
    await expect(failed).rejects.toThrow(WATCHED);
    await expect(failed).rejects.toThrow(/\d+ of \d+ requests failed \(7\.5 %, at most 5 %\)\./);
    expectBack(host);
  });

  it("is left for the end of a replica, also where its answers were noticed first", async () => {
    const host = await serving();
    const failed = releaseAnd(host, () => {
      failingAnswers(host);
      const found = host.containers.get("app-3");
      setTimeout(() => found && (found.fate = "exits"), 1200); // its engine is late
    });
    await expect(failed).rejects.toThrow(`${WATCHED}: exited with code 3`);
    expectBack(host);
  });

  it("is not left for one check that fails", async () => {
    const host = await serving();
    await releaseAnd(host, () => {
      const found = host.containers.get("app-3");
      if (found !== undefined) found.fate = "stumbles";
    });
    expect(host.map.get("app")).toBe("app.b");
  });

  it("is not blamed for what an old replica of it went through before", async () => {
    const host = await serving();
    Object.assign(host.containers.get("app-1") ?? {}, { restarts: 3 });
    const containers = { redis: ["redis-1"], app: ["app-1", "app-2", "app-3"] };
    await release(
      [host],
      request([host], [redis("v1"), service("app", "v1", { watch })], containers),
    );
    expect(host.containers.get("app-3")?.running).toBe(true);
  });
});

describe("the requests of a version that fails", () => {
  it("go to the old one before it is found out why, which can take seconds", async () => {
    const host = await serving();
    let lookedAt = "";
    host.logs = (name) => {
      lookedAt ||= host.map.get("app") ?? "";
      return Promise.resolve(`last words of ${name}`);
    };
    const failed = releaseAnd(host, () => {
      const found = host.containers.get("app-3");
      if (found !== undefined) found.restarts = 1;
    });
    await expect(failed).rejects.toThrow("exited and was restarted");
    expect(lookedAt).toBe("app.a");
    expectBack(host);
  });
});

describe("a stop-first service", () => {
  it("has its old replica back, and requests wait meanwhile", async () => {
    const host = await serving();
    const containers = { redis: ["redis-2"], app: ["app-1", "app-2"] };
    host.onEvent = (event) => {
      const found = host.containers.get("redis-2");
      if (event === "del held.map redis" && found?.running) found.fate = "exits";
    };
    const wanted = request([host], [{ ...redis("v2"), watch }, service("app", "v1")], containers);
    host.containers.set("redis-2", { running: false });
    await expect(release([host], wanted)).rejects.toThrow("exited with code 3");
    const after = host.events.slice(host.events.indexOf("del held.map redis") + 1);
    expect(after).toEqual([
      ...["add held.map redis 1", "stop redis-2", "start redis-1"],
      ...["switch redis.a", "del held.map redis"],
    ]);
  });
});

describe("the share of answers that fail", () => {
  it.each([
    [{ requests: 100, errors: 5 }, false, undefined],
    [{ requests: 100, errors: 6 }, false, "6 of 100 requests failed (6.0 %, at most 5 %)"],
    [{ requests: 19, errors: 19 }, false, undefined], // too few to tell
    [{ requests: 20, errors: 20 }, false, "20 of 20 requests failed (100.0 %, at most 5 %)"],
    [{ requests: 4, errors: 4 }, true, undefined],
    [{ requests: 5, errors: 5 }, true, "5 of 5 requests failed (100.0 %, at most 5 %)"],
    [{ requests: 0, errors: 0 }, true, undefined],
  ])("%j, over: %s", (seen, over, says) => {
    expect(judge({ ...seen, averageMs: 0 }, 5, over)).toBe(says);
  });
});
