/** Connects this terminal to a process in a container: its input, its output, its size. */
import type Docker from "dockerode";

/** Whether to hand over this process's input, and whether that is a terminal. */
export interface Streams {
  stdin: boolean;
  tty: boolean;
}

/** How a command is connected: a terminal if this is one, and input only if it is asked for. */
export function chooseStreams(interactive = false): Streams {
  return { stdin: interactive, tty: interactive && process.stdin.isTTY && process.stdout.isTTY };
}

/**
 * Passes everything through until the process in the container has ended.
 * @param resize tells the container the terminal's size.
 */
export async function connect(
  docker: Docker,
  stream: NodeJS.ReadWriteStream,
  { stdin, tty }: Streams,
  resize: (size: { h: number; w: number }) => Promise<unknown>,
): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    stream.once("end", resolve).once("close", resolve).once("error", reject);
  });
  const fit = () => {
    resize({ h: process.stdout.rows, w: process.stdout.columns }).catch(() => {});
  };
  if (tty) {
    stream.pipe(process.stdout, { end: false });
    process.stdin.setRawMode(true);
    process.stdout.on("resize", fit);
    fit();
  } else {
    const modem = docker.modem as {
      demuxStream(
        source: NodeJS.ReadableStream,
        out: NodeJS.WritableStream,
        err: NodeJS.WritableStream,
      ): void;
    };
    modem.demuxStream(stream, process.stdout, process.stderr);
  }
  if (stdin) process.stdin.pipe(stream);
  try {
    await ended;
  } finally {
    if (tty) process.stdin.setRawMode(false);
    process.stdout.off("resize", fit);
    if (stdin) {
      process.stdin.unpipe(stream);
      process.stdin.pause();
    }
  }
}
