/** A command in a container that runs: what it printed, within bounds, and that it has really ended. */
import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import { untilRead } from "./errors.ts";
import { demultiplex } from "./stream.ts";
import type { ExecLimits, ExecResult } from "./host.ts";
import { onMachine } from "./lost.ts";

const script = readFileSync(new URL("./end-exec.sh", import.meta.url), "utf8");
/** Of our own programs, whose answers grow with the number of services. */
const MOST_BYTES = 16 * 1024 * 1024;

/** See `ReleaseHost.exec`. */
export async function exec(
  docker: Docker,
  host: string,
  container: string,
  command: readonly string[],
  stdin?: string,
  { bytes = MOST_BYTES, seconds }: ExecLimits = {},
): Promise<ExecResult> {
  const run = await docker.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await run.start({ hijack: true, stdin: stdin !== undefined });
  if (stdin !== undefined) stream.end(stdin);
  const chunks: Buffer[] = [];
  let size = 0;
  let ended: ExecResult["ended"];
  const end = (why: ExecResult["ended"]) => {
    ended ??= why;
    (stream as unknown as { destroy(): void }).destroy();
  };
  const timer = seconds === undefined ? undefined : setTimeout(() => end("late"), seconds * 1000);
  const reading = (async () => {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytes) end("large");
    }
  })();
  try {
    await untilRead(host, reading).catch((error: unknown) => {
      if (ended === undefined) throw error; // else it was this side that broke off
    });
  } finally {
    clearTimeout(timer);
  }
  const { stdout, stderr } = demultiplex(Buffer.concat(chunks).subarray(0, bytes));
  const state = await run.inspect();
  if (ended === undefined) return { exitCode: state.ExitCode ?? -1, stdout, stderr };
  await endExec(docker, container, state.Pid);
  return { exitCode: -1, stdout, stderr, ended };
}

/** Closing its output does not end a process in a container: it is ended, with all that it has started. */
async function endExec(docker: Docker, container: string, pid: number): Promise<void> {
  const { Id } = await docker.getContainer(container).inspect();
  await onMachine(docker, container, "end-exec", ["sh", "-c", script, "end-exec", Id, String(pid)]);
}
