/** Programs on a host that a deployer talks to line by line: in a running container, or in one of its own. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { type EngineAddress, engineUrl } from "./address.ts";
import { isAnswer, statusOf } from "./errors.ts";
import { USUAL_SOCKET } from "./ssh-line.ts";
import { split } from "./stream.ts";
import { RESTRAINED, helperLabels } from "./helper.ts";
import type { HelperSpec, Session } from "./host.ts";

/** The record of a stack in its containers. */
const RECORD = "/etc/longshore";
/** Milliseconds that a program has to end after its input has. */
const PATIENCE = 2000;

/** Starts a command in a running container. */
export async function execSession(
  docker: Docker,
  container: string,
  command: string[],
  input: string,
): Promise<Session> {
  const exec = await docker.getContainer(container).exec({
    Cmd: command,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  return openSession(container, await exec.start({ hijack: true, stdin: true }), input);
}

/** Starts a command in a container of its own, which the engine removes when it ends. */
export async function helperSession(
  docker: Docker,
  dockerHost: EngineAddress,
  spec: HelperSpec,
): Promise<Session | undefined> {
  const container = await createHelper(docker, dockerHost, spec);
  if (container === undefined) return undefined;
  const stream = await container.attach({
    ...{ stream: true, stdin: true, stdout: true, stderr: true, hijack: true },
  });
  const session = openSession(container.id, stream, spec.input);
  await container.start();
  return session;
}

async function createHelper(docker: Docker, dockerHost: EngineAddress, spec: HelperSpec) {
  const like = await docker.getContainer(spec.like).inspect();
  const record = like.Mounts.find(({ Destination }) => Destination === RECORD)?.Name;
  const volumes: Docker.MountConfig =
    record === undefined
      ? []
      : [{ Type: "volume", Source: record, Target: RECORD, ReadOnly: spec.engine === true }];
  const create = (more: Docker.HostConfig, mounts: Docker.MountConfig) =>
    docker.createContainer({
      Image: like.Image,
      Entrypoint: [...spec.command],
      Cmd: [],
      Labels: helperLabels(spec.use, like.Config.Labels),
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
      ...{ OpenStdin: true, StdinOnce: true },
      ...(spec.engine === true ? { User: "0" } : {}),
      HostConfig: {
        ...RESTRAINED,
        NetworkMode: "none",
        SecurityOpt: ["no-new-privileges:true"],
        AutoRemove: true,
        Init: true,
        LogConfig: { Type: "none", Config: {} },
        ...more,
        Mounts: [...volumes, ...mounts],
      },
    });
  if (spec.engine !== true) return create({}, []);
  for (const socket of engineSockets(dockerHost)) {
    const mount = { Type: "bind", Source: socket, Target: "/run/engine.sock" } as const;
    const options = {
      // The socket belongs to the machine's users, and to its security labels.
      UsernsMode: "host",
      SecurityOpt: ["no-new-privileges:true", "label=disable"],
    };
    try {
      return await create(options, [mount]);
    } catch (error) {
      // There is no such path on the engine's machine.
      if (!isAnswer(error) || statusOf(error) !== 400) throw error;
    }
  }
  return undefined;
}

/** Paths at which the engine's socket may be on its own machine. */
function engineSockets(dockerHost: EngineAddress): string[] {
  const url = engineUrl(dockerHost);
  const own = url.startsWith("unix://") ? [url.slice("unix://".length)] : [];
  return [...new Set([...own, USUAL_SOCKET])];
}

function openSession(container: string, stream: NodeJS.ReadWriteStream, input: string): Session {
  const merged = new PassThrough();
  const waiting: ((line: string | undefined) => void)[] = [];
  const unread: string[] = [];
  let over = false;
  const lines = createInterface({ input: merged, crlfDelay: Infinity });
  lines.on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) unread.push(line);
    else next(line);
  });
  const ended = once(lines, "close").then(() => {
    over = true;
    for (const next of waiting.splice(0)) next(undefined);
  });
  // A session that breaks off has ended; whoever waits for a line is told so.
  void split(stream, merged, merged).then(
    () => merged.end(),
    () => merged.end(),
  );
  stream.write(input);
  return {
    container,
    ended,
    next: () => {
      const line = unread.shift();
      if (line !== undefined || over) return Promise.resolve(line);
      return new Promise((resolve) => waiting.push(resolve));
    },
    send: (text) => void stream.write(`${text}\n`),
    close: async () => {
      stream.end();
      await Promise.race([ended, after(PATIENCE)]);
      (stream as unknown as { destroy(): void }).destroy();
    },
  };
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
