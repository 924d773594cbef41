/** Connects this terminal to a process in a container: its input, its output, its size. */
import { endOf, split } from "../fleet/release/frames.ts";

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
  stream: NodeJS.ReadWriteStream,
  { stdin, tty }: Streams,
  resize: (size: { h: number; w: number }) => Promise<unknown>,
): Promise<void> {
  const fit = () => {
    resize({ h: process.stdout.rows, w: process.stdout.columns }).catch(() => {});
  };
  const ended = tty ? endOf(stream) : split(stream, process.stdout, process.stderr);
  if (tty) {
    stream.pipe(process.stdout, { end: false });
    process.stdin.setRawMode(true);
    process.stdout.on("resize", fit);
    fit();
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
