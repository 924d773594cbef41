/**
 * Containers that an engine loses because it dies while it starts them: an engine of its own is killed
 * between the container's creation in containerd and its start. Linux and root only.
 */
import { readFileSync, readdirSync } from "node:fs";
import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectHost } from "../../components/engine/engine-host.ts";
import { dockerClient } from "../../components/engine/client.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { LoadEngine } from "../support/load/engine.ts";
import { LoadImages } from "../support/load/images.ts";
import { pull } from "../support/pull.ts";

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)("a lost container", () => {
  const Labels = { "longshore.stack": "e2e/lost" };
  let engine: LoadEngine;
  let docker: Docker;
  let image: string;

  beforeAll(async () => {
    const workbench = await workbenchUp();
    image = await new LoadImages(workbench).proxy();
    engine = await LoadEngine.create(workbench.registry);
    docker = dockerClient(engine.dockerHost);
    await pull(docker, image);
    // Lends its image; need not run.
    const labels = { ...Labels, "longshore.role": "proxy" };
    await docker.createContainer({ name: "proxy", Image: image, Labels: labels });
  });
  afterAll(() => engine?.destroy());

  /** Creates a container and kills the engine while it starts it; its id. */
  async function lose(name: string): Promise<string> {
    const container = await docker.createContainer({
      ...{ name, Image: image, Labels, Cmd: ["sleep", "600"] },
      HostConfig: { Runtime: "held", RestartPolicy: { Name: "unless-stopped" } },
    });
    await engine.killInStart(container);
    await engine.start();
    expect((await container.inspect()).State.Status).toBe("created");
    expect(processesOf(container.id)).toEqual(["containerd-shim", "runc:[2:INIT]"]);
    return container.id;
  }

  it("runs after the next start, once", async () => {
    const id = await lose("one");
    const lines: string[] = [];
    await connectHost("local", engine.dockerHost, (line) => lines.push(line)).start("one");
    const { State } = await docker.getContainer(id).inspect();
    expect(State.Running).toBe(true);
    await expect.poll(() => processesOf(id)).toEqual(["containerd-shim", "sleep"]);
    const said =
      "one: the engine on local had lost it in a crash; its processes were ended, and it is started again";
    // Engines since version 24 end the processes themselves.
    const { Version } = await docker.version();
    expect(lines).toEqual(Number(Version.split(".")[0]) < 24 ? [said] : []);
  });

  it("leaves no process when it is removed", async () => {
    const id = await lose("two");
    await connectHost("local", engine.dockerHost).remove("two");
    await expect(docker.getContainer(id).inspect()).rejects.toThrow("404");
    expect(processesOf(id)).toEqual([]);
  });

  it("leaves no helper", async () => {
    const found = await docker.listContainers({
      all: true,
      filters: { label: ["longshore.stack"] },
    });
    expect(found.map(({ Names }) => Names).sort()).toEqual([["/one"], ["/proxy"]]);
  });
});

/** The kernel's names of a container's processes, and of the shim that waits for them. */
function processesOf(id: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
        const name = read("comm").trim();
        const shim = name === "containerd-shim" && read("cmdline").includes(id);
        return shim || read("cgroup").includes(id) ? [name] : [];
      } catch {
        return []; // has ended
      }
    })
    .sort();
}
