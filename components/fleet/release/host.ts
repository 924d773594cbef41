/**
 * One host during a release: the containers there, seen and moved through the engine's API.
 * Knows nothing of proxies or plans.
 */
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { extract, pack } from "tar-stream";
import { text } from "node:stream/consumers";
import { dockerClient } from "../../hosts/docker-client.ts";
import { EngineInspection, type HostInspection, helperLabels } from "./diagnosis/inspection.ts";

/** A container as the engine reports it now. */
export interface ContainerView {
  name: string;
  running: boolean;
  restarting: boolean;
  exitCode: number;
  outOfMemory: boolean;
  restarts: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  labels: Record<string, string>;
  /** Its IP addresses in the networks that it is in; none while it does not run. */
  addresses: string[];
}

/** A file for a container, with the numeric owner it gets. */
export interface FileEntry {
  name: string;
  content: string;
  mode: number;
  uid: number;
  gid: number;
}

/** What a command in a container printed, and how it ended. */
export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command that runs in a container for as long as its standard input stays open. */
export interface Session {
  /** Its first line of output. */
  line: string;
  /** Writes a line to its input. */
  send(line: string): void;
  /** Closes its input and waits for its end. */
  close(): Promise<void>;
}

/** The engine does not start a container; `reason` is what it says. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly container: string;
  readonly reason: string;

  constructor(container: string, host: string, reason: string, options?: ErrorOptions) {
    super(`container \`${container}\` on host \`${host}\` cannot be started: ${reason}`, options);
    this.container = container;
    this.reason = reason;
  }
}

/** The part of a host that a release works with; tests put a fake in its place. */
export interface ReleaseHost {
  readonly name: string;
  /** What a diagnosis asks of the host. */
  readonly look: HostInspection;
  /** The container, or undefined if there is none of that name. */
  inspect(container: string): Promise<ContainerView | undefined>;
  /** All containers that carry the stack's label, running or not. */
  list(stack: string): Promise<ContainerView[]>;
  start(container: string): Promise<void>;
  /** SIGTERM (or the container's own stop signal), then SIGKILL after `grace` seconds. */
  stop(container: string, grace: number): Promise<void>;
  remove(container: string): Promise<void>;
  /** The last lines a container printed, both streams. */
  logs(container: string, lines: number): Promise<string>;
  exec(container: string, command: string[], stdin?: string): Promise<ExecResult>;
  /** Starts a command with `input` on its standard input, which stays open; resolves at its first line. */
  session(container: string, command: string[], input: string): Promise<Session>;
  /**
   * Runs a command to its end in a new container like `container`: same image, environment, volumes,
   * network and limits. The container is removed afterwards. Resolves to the exit code.
   * @param log gets each line of output as it comes.
   */
  runLike(container: string, command: string[], log: (line: string) => void): Promise<number>;
  /** A file's text, or undefined if it does not exist. Works on stopped containers too. */
  readFile(container: string, path: string): Promise<string | undefined>;
  /** Puts files into a folder of a container, running or not. */
  writeFiles(container: string, folder: string, files: FileEntry[]): Promise<void>;
  /** Puts files into a volume, owned by the user that `container`'s image runs as, mode 0400. */
  fillVolume(volume: string, container: string, files: Record<string, string>): Promise<void>;
}

/** A host whose engine answers at `dockerHost`. */
export function connectHost(name: string, dockerHost: string): ReleaseHost {
  return new EngineHost(name, dockerClient(dockerHost));
}

class EngineHost implements ReleaseHost {
  readonly name: string;
  readonly look: HostInspection;
  readonly #docker: Docker;

  constructor(name: string, docker: Docker) {
    this.name = name;
    this.look = new EngineInspection(docker, (container, lines) => this.logs(container, lines));
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
      labels: info.Config.Labels,
      addresses: Object.values(info.NetworkSettings.Networks)
        .map(({ IPAddress }) => IPAddress)
        .filter(Boolean),
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

  async start(container: string): Promise<void> {
    try {
      // 304: it runs already.
      await ignoring([304], this.#docker.getContainer(container).start());
    } catch (error) {
      const reason = (error as { json?: { message?: string } }).json?.message ?? String(error);
      throw new StartFailure(container, this.name, reason, { cause: error });
    }
  }

  async stop(container: string, grace: number): Promise<void> {
    await ignoring([304, 404], this.#docker.getContainer(container).stop({ t: grace }));
  }

  async remove(container: string): Promise<void> {
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

  async exec(container: string, command: string[], stdin?: string): Promise<ExecResult> {
    const exec = await this.#docker.getContainer(container).exec({
      Cmd: command,
      AttachStdin: stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: stdin !== undefined });
    if (stdin !== undefined) stream.end(stdin);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const { stdout, stderr } = demultiplex(Buffer.concat(chunks));
    const { ExitCode } = await exec.inspect();
    return { exitCode: ExitCode ?? -1, stdout, stderr };
  }

  async session(container: string, command: string[], input: string): Promise<Session> {
    const exec = await this.#docker.getContainer(container).exec({
      Cmd: command,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const ended = new Promise<void>((resolve) => stream.once("close", resolve));
    let received = Buffer.alloc(0);
    const line = await new Promise<string>((resolve, reject) => {
      const look = (end: boolean) => {
        const { all } = demultiplex(received);
        if (end || all.includes("\n")) resolve(all.split("\n")[0] ?? "");
      };
      stream.on("data", (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        look(false);
      });
      stream.once("end", () => look(true));
      stream.once("error", reject);
      stream.write(input);
    });
    stream.on("error", () => {}); // a proxy that is stopped takes its sessions with it
    return {
      line,
      send: (text) => stream.write(`${text}\n`),
      close: async () => {
        stream.end();
        await Promise.race([ended, after(2000)]);
        stream.destroy();
      },
    };
  }

  async runLike(container: string, command: string[], log: (line: string) => void) {
    const { Config, HostConfig, Image, NetworkSettings } = await this.#docker
      .getContainer(container)
      .inspect();
    const networks = Object.keys(NetworkSettings.Networks);
    const once = await this.#docker.createContainer({
      ...Config,
      Image,
      Hostname: undefined,
      Cmd: command,
      HostConfig: { ...HostConfig, RestartPolicy: { Name: "no" }, PortBindings: {} },
      NetworkingConfig: {
        EndpointsConfig: Object.fromEntries(networks.map((network) => [network, {}])),
      },
    });
    try {
      const output = await once.attach({ stream: true, stdout: true, stderr: true });
      const done = eachLine(output, log);
      await once.start();
      const { StatusCode } = (await once.wait()) as { StatusCode: number };
      await done;
      return StatusCode;
    } finally {
      await ignoring([404], once.remove({ force: true, v: true }));
    }
  }

  async readFile(container: string, path: string): Promise<string | undefined> {
    const archive = await orUndefined(this.#docker.getContainer(container).getArchive({ path }));
    if (archive === undefined) return undefined;
    const entries = extract();
    // Read to its end first: what is left unread would keep the connection, and with it the process.
    entries.end(await collect(archive));
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
    const helper = await this.#docker.createContainer({
      Image,
      Cmd: ["none"],
      Entrypoint: [],
      Labels: helperLabels("secrets", Config.Labels),
      HostConfig: {
        NetworkMode: "none",
        Mounts: [{ Type: "volume", Source: volume, Target: "/longshore-secrets" }],
      },
    });
    try {
      const owner = await this.#owner(helper.id, Config.User);
      await this.writeFiles(
        helper.id,
        "/longshore-secrets",
        Object.entries(files).map(([name, content]) => ({ name, content, mode: 0o400, ...owner })),
      );
    } finally {
      await helper.remove({ force: true });
    }
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

/** Docker's stream frames: one byte stream (1 out, 2 err), three zero, four length, then the data. */
function demultiplex(data: Buffer): { stdout: string; stderr: string; all: string } {
  const parts: { kind: number; chunk: Buffer }[] = [];
  let at = 0;
  while (at + 8 <= data.length) {
    const length = data.readUInt32BE(at + 4);
    parts.push({ kind: data[at] ?? 1, chunk: data.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  const join = (wanted: typeof parts) => Buffer.concat(wanted.map((p) => p.chunk)).toString("utf8");
  return {
    stdout: join(parts.filter((part) => part.kind !== 2)),
    stderr: join(parts.filter((part) => part.kind === 2)),
    all: join(parts),
  };
}

/** Calls `log` with each line of a stream of frames; resolves at its end. */
async function eachLine(stream: NodeJS.ReadableStream, log: (line: string) => void): Promise<void> {
  let frames = Buffer.alloc(0);
  let printed = 0;
  for await (const chunk of stream) {
    frames = Buffer.concat([frames, chunk as Buffer]);
    const lines = demultiplex(frames).all.split("\n");
    for (; printed < lines.length - 1; printed++) log(lines[printed] ?? "");
  }
  const rest = demultiplex(frames).all.split("\n").slice(printed).join("");
  if (rest !== "") log(rest);
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(stream)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function ignoring(statuses: number[], promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
