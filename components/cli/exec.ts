/** `longshore exec`: a command in a copy that runs. Ends with the command's own exit code. */
import { chooseStreams, connect } from "./attach.ts";
import type { CommonOptions } from "./context.ts";
import { EXIT } from "./exit.ts";
import { pickCopy, viewHosts } from "./hosts.ts";
import { openStack } from "./stack.ts";

export interface ExecOptions extends CommonOptions {
  host?: string;
  interactive?: boolean;
}

/** Returns the command's exit code. */
export async function execute(
  service: string,
  command: string[],
  options: ExecOptions,
): Promise<number> {
  const open = await openStack(options);
  const { copy, docker } = pickCopy(await viewHosts(await open.request()), service, options.host);
  const streams = chooseStreams(options.interactive);
  const exec = await docker.getContainer(copy.container).exec({
    Cmd: command,
    AttachStdin: streams.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: streams.tty,
  });
  const stream = await exec.start({ hijack: true, stdin: streams.stdin, Tty: streams.tty });
  await connect(stream, streams, (size) => exec.resize(size));
  return (await exec.inspect()).ExitCode ?? EXIT.failed;
}
