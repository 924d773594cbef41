/** What a container prints, as the engine sends it: in frames that tell the streams apart. */

/** Docker's stream frames: one byte stream (1 out, 2 err), three zero, four length, then the data. */
export function demultiplex(data: Buffer): { stdout: string; stderr: string; all: string } {
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
export async function eachLine(
  stream: NodeJS.ReadableStream,
  log: (line: string) => void,
): Promise<void> {
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
