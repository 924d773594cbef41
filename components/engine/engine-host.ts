/** A host's engine as a release uses it, through the engine's API. */
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { extract, pack } from "tar-stream";
import type { EngineAddress } from "./address.ts";
import { dockerClient } from "./client.ts";
import { EngineInspection, type HostInspection } from "./inspection.ts";
import { runLike } from "./command.ts";
import { EngineImages } from "./images.ts";
import { EngineNetworks, type HostNetworks } from "./networks.ts";
import { ignoring, isAnswer, namingHost, orUndefined, reasonOf, untilRead } from "./errors.ts";
import { exec } from "./exec.ts";
import { demultiplex } from "./stream.ts";
import { execSession, helperSession } from "./session.ts";
import { withHelper } from "./helper.ts";
import { endLost, startLost } from "./lost.ts";
import {
  type CommandOptions,
  type ContainerView,
  type ExecLimits,
  type ExecResult,
  type FileEntry,
  type HelperSpec,
  type ImageStore,
  type ReleaseHost,
  type Session,
  StartFailure,
} from "./host.ts";

/**
 * A host whose engine answers at `dockerHost`.
 * @param log gets a line for what had to be put right there.
 */
export function connectHost(
  name: string,
  dockerHost: EngineAddress,
  log: (line: string) => void = () => {},
): ReleaseHost {
  return new EngineHost(name, dockerHost, log);
}

class EngineHost implements ReleaseHost {
  readonly name: string;
  readonly inspection: HostInspection;
  readonly images: ImageStore;
  readonly networks: HostNetworks;
  readonly #docker: Docker;
  readonly #dockerHost: EngineAddress;
  readonly #log: (line: string) => void;

  constructor(name: string, dockerHost: EngineAddress, log: (line: string) => void) {
    const docker = namingHost(dockerClient(dockerHost), name);
    this.name = name;
    this.#dockerHost = dockerHost;
    this.#log = log;
    this.images = new EngineImages(docker);
    this.networks = new EngineNetworks(docker);
    this.inspection = new EngineInspection(docker, (container, lines) =>
      this.logs(container, lines),
    );
    this.#docker = docker;
  }

  async inspect(container: string): Promise<ContainerView | undefined> {
    const info = await orUndefined(this.#docker.getContainer(container).inspect());
    if (info === undefined) return undefined;
    return {
      name: info.Name.replace(/^\//, ""),
      running: info.State.Running && !info.State.Restarting,
      restarting: info.State.Restarting,
      exitCode: info.State.ExitCode,
      outOfMemory: info.State.OOMKilled,
      restarts: info.RestartCount,
      startedAt: Date.parse(info.State.StartedAt),
      finishedAt: info.State.FinishedAt,
      labels: info.Config.Labels,
      addresses: Object.values(info.NetworkSettings.Networks)
        .map(({ IPAddress }) => IPAddress)
        .filter(Boolean),
      mounts: Object.fromEntries(
        info.Mounts.flatMap(({ Destination, Name }) => (Name ? [[Destination, Name]] : [])),
      ),
      publishes: Object.keys((info.HostConfig.PortBindings ?? {}) as object).length > 0,
      names: Object.fromEntries(
        Object.entries(info.NetworkSettings.Networks).map(([network, { Aliases }]) => [
          network,
          // Engines before 25 put the container's own id there, too.
          ((Aliases ?? []) as string[]).filter((alias) => !info.Id.startsWith(alias)),
        ]),
      ),
    };
  }

  async list(stack: string): Promise<ContainerView[]> {
    const found = await this.#docker.listContainers({
      all: true,
      filters: { label: [`longshore.stack=${stack}`] },
    });
    const views = await Promise.all(found.map((entry) => this.inspect(entry.Id)));
    return views.filter((view) => view !== undefined);
  }

  async limitPids(container: string, limit: number): Promise<void> {
    const found = this.#docker.getContainer(container);
    // Of one that runs, a change is a process on the machine.
    const info = await orUndefined(found.inspect());
    // One that is gone is noticed where it is needed.
    if (info === undefined || info.HostConfig.PidsLimit === limit) return;
    await ignoring([404], found.update({ PidsLimit: limit }));
  }

  async start(container: string): Promise<void> {
    // 304: it runs already.
    const start = () => ignoring([304], this.#docker.getContainer(container).start());
    try {
      if (!(await startLost(this.#docker, container, start))) return;
      this.#log(
        `${container}: the engine on ${this.name} had lost it in a crash; ` +
          "its processes were ended, and it is started again",
      );
    } catch (error) {
      if (!isAnswer(error)) throw error;
      throw new StartFailure(container, this.name, reasonOf(error), { cause: error });
    }
  }

  async stop(container: string, grace: number): Promise<void> {
    await ignoring([304, 404], this.#docker.getContainer(container).stop({ t: grace }));
  }

  async remove(container: string): Promise<void> {
    const info = await orUndefined(this.#docker.getContainer(container).inspect());
    // Never started, as far as the engine knows: what it has lost would outlive the container.
    if (info?.State.Status === "created") await endLost(this.#docker, container);
    await ignoring(
      [404, 409],
      this.#docker.getContainer(container).remove({ force: true, v: true }),
    );
  }

  async logs(container: string, lines: number): Promise<string> {
    const logs = await orUndefined(
      this.#docker.getContainer(container).logs({ stdout: true, stderr: true, tail: lines }),
    );
    return logs === undefined ? "" : demultiplex(logs).all.trimEnd();
  }

  exec(
    container: string,
    command: readonly string[],
    stdin?: string,
    limits?: ExecLimits,
  ): Promise<ExecResult> {
    return exec(this.#docker, this.name, container, command, stdin, limits);
  }

  change(container: string, command: readonly string[], stdin?: string): Promise<ExecResult> {
    return this.exec(container, command, stdin);
  }

  session(container: string, command: string[], input: string): Promise<Session> {
    return execSession(this.#docker, container, command, input);
  }

  helperSession(spec: HelperSpec & { engine: true }): Promise<Session | undefined>;
  helperSession(spec: HelperSpec): Promise<Session>;
  helperSession(spec: HelperSpec): Promise<Session | undefined> {
    return helperSession(this.#docker, this.#dockerHost, spec);
  }

  runLike(container: string, command: readonly string[], options: CommandOptions): Promise<number> {
    return runLike(this.#docker, this.name, container, command, options);
  }

  async readFile(container: string, path: string): Promise<string | undefined> {
    const archive = await orUndefined(this.#docker.getContainer(container).getArchive({ path }));
    if (archive === undefined) return undefined;
    const entries = extract();
    // Read to its end first: what is left unread would keep the connection, and with it the process.
    entries.end(await untilRead(this.name, collect(archive)));
    for await (const entry of entries) {
      const content = await text(entry);
      if (entry.header.type === "file") return content;
    }
    return undefined;
  }

  async writeFiles(container: string, folder: string, files: FileEntry[]): Promise<void> {
    const archive = pack();
    for (const { name, content, mode, uid, gid } of files) {
      archive.entry({ name, mode, uid, gid }, content);
    }
    archive.finalize();
    const body = await collect(archive);
    await this.#docker.getContainer(container).putArchive(body, { path: folder });
  }

  async fillVolume(volume: string, container: string, files: Record<string, string>) {
    const { Image, Config } = await this.#docker.getContainer(container).inspect();
    // A container that is never started: it only lends the volume a place to be written through.
    const options: Docker.ContainerCreateOptions = {
      Image,
      Cmd: ["none"],
      Entrypoint: [],
      HostConfig: {
        NetworkMode: "none",
        Mounts: [{ Type: "volume", Source: volume, Target: "/longshore-secrets" }],
      },
    };
    const purpose = { use: "secrets", labels: Config.Labels };
    await withHelper(this.#docker, purpose, options, async ({ id }) => {
      const owner = await this.#owner(id, Config.User);
      await this.writeFiles(
        id,
        "/longshore-secrets",
        Object.entries(files).map(([name, content]) => ({ name, content, mode: 0o400, ...owner })),
      );
    });
  }

  /** The numeric owner for `user` as an image's configuration gives it: `uid`, `name`, `uid:gid`. */
  async #owner(container: string, user: string): Promise<{ uid: number; gid: number }> {
    const [name = "", group] = user.split(":");
    if (name === "" || name === "root" || name === "0") return { uid: 0, gid: 0 };
    const lines = ((await this.readFile(container, "/etc/passwd")) ?? "").split("\n");
    const entry = lines.map((line) => line.split(":")).find((f) => f[0] === name || f[2] === name);
    const uid = Number(/^\d+$/.test(name) ? name : entry?.[2]);
    const gid = Number(group !== undefined && /^\d+$/.test(group) ? group : (entry?.[3] ?? uid));
    if (Number.isNaN(uid)) {
      throw new Error(
        `The image's user \`${name}\` is not in its /etc/passwd. Set a numeric \`user\` for the service.`,
      );
    }
    return { uid, gid };
  }
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(stream)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
