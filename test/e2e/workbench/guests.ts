/** What somebody gets, and leaves, who finds a workbench's engine: with root and without. */
import { execFileSync } from "node:child_process";
import { chownSync, cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { dockerClient } from "../../../components/engine/client.ts";
import { ensureTool } from "../../../toolchain/index.ts";
import type { Workbench } from "../../../workbench/index.ts";
import { pull } from "../../support/pull.ts";
import {
  type Bench,
  bench,
  build,
  down,
  folder,
  hello,
  pathsOf,
  traces,
  up,
} from "../../support/workbench-bench.ts";

/**
 * Registers the tests.
 * @param main the workbench whose engine is found, with a container that answers at port 18055.
 */
export function guests(main: Bench, workbench: () => Workbench): void {
  const guest = bench("guest", { DOCKER_HOST: `unix://${pathsOf(main).engineSocket}` });
  const contents = async () => {
    const docker = dockerClient(workbench().dockerHost);
    const [containers, networks, volumes, images] = await Promise.all([
      docker.listContainers({ all: true }),
      docker.listNetworks(),
      docker.listVolumes(),
      docker.listImages(),
    ]);
    return {
      containers: containers.map(({ Id, State }) => `${Id} ${State}`).sort(),
      networks: networks.map(({ Id }) => Id).sort(),
      volumes: volumes.Volumes.map(({ Name }) => Name).sort(),
      images: images.flatMap(({ RepoTags }) => RepoTags ?? []).sort(),
    };
  };
  afterAll(() => down(guest));

  test("the engine is used, and left alone by up and down", async () => {
    await down(guest);
    const before = await contents();
    const found = await up(guest);
    expect(found.origin).toEqual({ engine: "found", registry: "process", builder: "buildkitd" });
    expect(found.dockerHost).toBe(workbench().dockerHost);
    expect(found.registry).not.toBe(workbench().registry);
    const { ref } = await build(found, "FROM debian:trixie-slim\nRUN echo guest > /guest\n");
    await pull(dockerClient(found.dockerHost), ref);
    await dockerClient(found.dockerHost).getImage(ref).remove();
    await down(guest);
    expect(await contents()).toEqual(before);
    expect(traces(guest)).toEqual([]);
    expect(await hello(18_055)).toBe("hello\n");
  });

  test("a user without root has the registry in a container, and leaves no trace either", async () => {
    const [gid, uid] = [lookup("getent", "group", "docker"), lookup("getent", "passwd", "nobody")];
    const as = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
    // Stands in for a hub in reach: the engine's images come from that registry.
    const extra = {
      ...guest.env,
      LONGSHORE_HUB_URL: `http://${workbench().registry}`,
      HOME: folder,
    };
    const user = bench("user", extra, as);
    user.env.LONGSHORE_STATE = join(folder, "user");
    chownSync(user.env.LONGSHORE_STATE, Number(uid), Number(gid));
    await down(user);
    const before = await contents();
    const found = await up(user);
    expect(found.origin).toEqual({
      engine: "found",
      registry: "container",
      builder: "docker-container",
    });
    expect((await fetch(`http://${found.registry}/v2/`)).status).toBe(200);
    // A copy: what root writes there the user could not remove.
    const copy = join(folder, "buildx");
    cpSync(found.env.BUILDX_CONFIG ?? "", copy, { recursive: true });
    const env = { ...found.env, BUILDX_CONFIG: copy };
    const inspected = await execa(await ensureTool("buildx"), ["inspect", found.builder], {
      env,
    });
    expect(inspected.stdout).toMatch(/Driver:\s+docker-container/);
    expect(inspected.stdout).toMatch(/network="host"/);
    await down(user);
    expect(await contents()).toEqual(before);
    expect(existsSync(pathsOf(user).state)).toBe(false);
  });
}

/** The third field of a line of passwd or group. */
function lookup(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8" }).split(":")[2] ?? "";
}
