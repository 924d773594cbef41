/** What a container prints, as the engine sends it: in frames that tell the streams apart. */
import { LineReader } from "../output/lines.ts";

const HEADER = 8;

/**
 * Docker's frames, in whatever pieces they come: one byte stream (1 out, 2 err), three zero, four length,
 * then the data. Not `demuxStream` of docker-modem: it calls itself for every frame, and is at the end of
 * its stack after some thousand short lines.
 */
class FrameReader {
  #header = Buffer.alloc(0);
  /** Bytes of the current frame that are still to come. */
  #left = 0;

  *read(piece: Buffer): Generator<{ error: boolean; data: Buffer }> {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + (this.#left || HEADER - this.#header.length));
      at += part.length;
      if (this.#left > 0) {
        this.#left -= part.length;
        yield { error: this.#header[0] === 2, data: part };
      } else {
        this.#header = Buffer.concat([this.#header, part]);
        if (this.#header.length === HEADER) this.#left = this.#header.readUInt32BE(4);
      }
      if (this.#left === 0 && this.#header.length === HEADER) this.#header = Buffer.alloc(0);
    }
  }
}

/** The text of frames that have all come. */
export function demultiplex(data: Buffer): { stdout: string; stderr: string; all: string } {
  const parts = [...new FrameReader().read(data)];
  const join = (wanted: typeof parts) => Buffer.concat(wanted.map((p) => p.data)).toString("utf8");
  return {
    stdout: join(parts.filter(({ error }) => !error)),
    stderr: join(parts.filter(({ error }) => error)),
    all: join(parts),
  };
}

/** Writes a stream of frames to `out` and `err`, which stay open, until it has ended. */
export async function split(
  source: NodeJS.ReadableStream,
  out: NodeJS.WritableStream,
  err: NodeJS.WritableStream,
): Promise<void> {
  const frames = new FrameReader();
  source.on("data", (piece: Buffer) => {
    for (const { error, data } of frames.read(piece)) (error ? err : out).write(data);
  });
  await endOf(source);
}

/** Calls `log` with each line of a stream of frames, both streams together; resolves at its end. */
export async function eachLine(
  source: NodeJS.ReadableStream,
  log: (line: string) => void,
): Promise<void> {
  const frames = new FrameReader();
  const lines = new LineReader(log);
  source.on("data", (piece: Buffer) => {
    for (const { data } of frames.read(piece)) lines.write(data);
  });
  try {
    await endOf(source);
  } finally {
    lines.close();
  }
}

/** Resolves when a stream has ended or was destroyed; rejects with its error. */
export function endOf(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("end", resolve).once("close", resolve).on("error", reject);
  });
}
