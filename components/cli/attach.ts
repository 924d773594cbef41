/** Connects this terminal to a process in a container: its input, its output, its size. */
import { Writable } from "node:stream";
import { LineReader } from "../output/lines.ts";
import { plain } from "../output/text.ts";
import type { CommandStreams } from "../releases/operations.ts";
import { endOf, split } from "../engine/stream.ts";

/** How a command is connected: a terminal if this is one, and input only if it is asked for. */
export function streamsFor(interactive = false): CommandStreams {
  const tty = interactive && process.stdin.isTTY && process.stdout.isTTY;
  const to = { stdin: interactive, tty };
  return { ...to, connect: (stream, resize) => connect(stream, to, resize) };
}

/**
 * Passes everything through until the process in the container has ended.
 * @param resize tells the container the terminal's size.
 */
async function connect(
  stream: NodeJS.ReadWriteStream,
  { stdin, tty }: { stdin: boolean; tty: boolean },
  resize: (size: { h: number; w: number }) => Promise<unknown>,
): Promise<void> {
  const fit = () => {
    resize({ h: process.stdout.rows, w: process.stdout.columns }).catch(() => {});
  };
  const [out, err] = [shown(process.stdout), shown(process.stderr)];
  const ended = tty ? endOf(stream) : split(stream, out, err);
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
    if (out !== process.stdout) out.end(); // a last line without an end
    if (err !== process.stderr) err.end();
    if (tty) process.stdin.setRawMode(false);
    process.stdout.off("resize", fit);
    if (stdin) {
      process.stdin.unpipe(stream);
      process.stdin.pause();
    }
  }
}

/**
 * Where output of others goes: to a terminal line by line and without what it would carry out; to a pipe
 * or a file as it comes.
 */
function shown(to: NodeJS.WriteStream): NodeJS.WritableStream {
  if (!to.isTTY) return to;
  const lines = new LineReader((line) => to.write(`${plain(line)}\n`));
  return new Writable({
    write: (data: Buffer, _encoding, done) => {
      lines.write(data);
      done();
    },
    final: (done) => {
      lines.close();
      done();
    },
  });
}
