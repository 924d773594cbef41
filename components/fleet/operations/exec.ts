/** A command in a replica that runs. */
import type { CommandRequest } from "../../releases/operations.ts";
import type { Replica } from "./replicas.ts";

/** Returns the command's exit code. */
export async function execIn(
  { docker, container }: Replica,
  { command, streams }: CommandRequest,
): Promise<number> {
  const exec = await docker.getContainer(container).exec({
    Cmd: command,
    AttachStdin: streams.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: streams.tty,
  });
  const stream = await exec.start({ hijack: true, stdin: streams.stdin, Tty: streams.tty });
  await streams.connect(stream, (size) => exec.resize(size));
  return (await exec.inspect()).ExitCode ?? 1;
}
