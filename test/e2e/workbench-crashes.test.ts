// Runs of the workbench that are killed half-way, robbed of their state, or two at once.
import { existsSync, rmSync } from "node:fs";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerClient } from "../../components/engine/client.ts";
import { remains } from "../../workbench/cleanup.ts";
import { readState } from "../../workbench/state.ts";
import { pull } from "../support/pull.ts";
import {
  folder,
  canStart,
  bench,
  pathsOf,
  cli,
  up,
  down,
  traces,
  pools,
  processesOf,
  startServer,
  hello,
} from "../support/workbench-bench.ts";

describe.runIf(canStart)("half-finished and concurrent runs", () => {
  const half = bench("half");
  beforeAll(() => down(half));
  afterAll(() => down(half));

  test("an up that is killed half-way is completed by the next", async () => {
    const first = cli(half, "up");
    await new Promise<void>((seen) => {
      first.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("starting the Docker engine")) seen();
      });
    });
    first.kill("SIGKILL");
    await first;
    const workbench = await up(half);
    pools.set(pathsOf(half).id, `${readState(pathsOf(half).stateFile)?.engine?.pool}.`);
    expect(await dockerClient(workbench.dockerHost).ping()).toBeTruthy();
    const dockerds = remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd "));
    expect(dockerds).toHaveLength(1);
  });

  test("down finds everything after a crash that also lost the state", async () => {
    const workbench = readState(pathsOf(half).stateFile)?.ready;
    if (workbench === undefined) throw new Error("not up");
    await pull(dockerClient(workbench.dockerHost), "debian:trixie-slim");
    await startServer(workbench, "debian:trixie-slim", 18_056);
    expect(await hello(18_056)).toBe("hello\n");
    for (const pid of processesOf(half)) process.kill(pid, "SIGKILL");
    rmSync(pathsOf(half).stateFile);
    await down(half);
    expect(traces(half)).toEqual([]);
    await expect(fetch("http://127.0.0.1:18056/")).rejects.toThrow();
  });

  test("a state folder deleted under a running workbench: up starts afresh", async () => {
    await up(half);
    // Only the engine's mount point withstands.
    await execa("rm", ["-rf", pathsOf(half).state], { reject: false });
    expect(existsSync(pathsOf(half).stateFile)).toBe(false);
    const workbench = await up(half);
    pools.set(pathsOf(half).id, `${readState(pathsOf(half).stateFile)?.engine?.pool}.`);
    await pull(dockerClient(workbench.dockerHost), "debian:trixie-slim");
    const dockerds = remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd "));
    expect(dockerds).toHaveLength(1);
    await down(half);
    expect(traces(half)).toEqual([]);
  });

  test("two at once: the second waits, both get the same workbench", async () => {
    const [one, other] = await Promise.all([cli(half, "up", "--json"), cli(half, "up", "--json")]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(one.stdout)).toEqual(JSON.parse(other.stdout));
    expect(one.stderr + other.stderr).toContain("another run is in progress on this workbench");
    expect(
      remains(pathsOf(half)).processes.filter((line) => line.startsWith("dockerd ")),
    ).toHaveLength(1);
    await down(half);
    expect(traces(half)).toEqual([]);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
