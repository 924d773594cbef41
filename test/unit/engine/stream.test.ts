// What containers print, in whatever pieces a connection delivers it.
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { demultiplex, eachLine, split } from "../../../components/engine/stream.ts";

const OUT = 1;
const ERR = 2;

function frame(kind: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** The bytes one by one, so that every header, frame and character is in several pieces. */
const scattered = (bytes: Buffer) => Readable.from([...bytes].map((byte) => Buffer.from([byte])));

async function linesOf(source: NodeJS.ReadableStream): Promise<string[]> {
  const lines: string[] = [];
  await eachLine(source, (line) => lines.push(line));
  return lines;
}

describe("demultiplex", () => {
  it("tells the streams apart, and has both in order", () => {
    const bytes = Buffer.concat([frame(OUT, "a\n"), frame(ERR, "b\n"), frame(OUT, "c")]);
    expect(demultiplex(bytes)).toEqual({ stdout: "a\nc", stderr: "b\n", all: "a\nb\nc" });
  });

  it("takes what has come of a frame that is cut off, and nothing of a header", () => {
    const whole = frame(OUT, "ab");
    expect(demultiplex(Buffer.concat([whole, frame(OUT, "cd").subarray(0, 9)])).all).toBe("abc");
    expect(demultiplex(Buffer.concat([whole, frame(OUT, "cd").subarray(0, 7)])).all).toBe("ab");
  });
});

describe("eachLine", () => {
  it("puts a character together that is in two frames and two pieces", async () => {
    const euro = Buffer.from("€");
    const source = Readable.from([
      frame(OUT, Buffer.concat([Buffer.from("5 "), euro.subarray(0, 1)])),
      frame(OUT, Buffer.concat([euro.subarray(1), Buffer.from("\n")])),
    ]);
    expect(await linesOf(source)).toEqual(["5 €"]);
  });

  it("puts frames together that come byte by byte", async () => {
    const bytes = [frame(OUT, "öne\ntw"), frame(ERR, ""), frame(OUT, "o\n\n"), frame(ERR, "3\n")];
    expect(await linesOf(scattered(Buffer.concat(bytes)))).toEqual(["öne", "two", "", "3"]);
  });

  it("has the last line without its end, and none of an empty stream", async () => {
    expect(await linesOf(Readable.from([frame(OUT, "one\ntwo")]))).toEqual(["one", "two"]);
    expect(await linesOf(Readable.from([]))).toEqual([]);
    expect(await linesOf(Readable.from(Buffer.alloc(0)))).toEqual([]);
  });

  it("takes a return for the end of a line, with or without the line feed that follows", async () => {
    const source = Readable.from([frame(OUT, "10 %\r20 %\r"), frame(OUT, "\ndone\r\n")]);
    expect(await linesOf(source)).toEqual(["10 %", "20 %", "done"]);
  });

  it("reads a hundred thousand short frames in one piece", async () => {
    const bytes = Buffer.concat(Array.from({ length: 100_000 }, () => frame(OUT, "a line\n")));
    expect(await linesOf(Readable.from(bytes))).toHaveLength(100_000);
  });

  it("rejects with the stream's error, after the lines that came before it", async () => {
    const source = new PassThrough();
    const lines: string[] = [];
    const read = eachLine(source, (line) => {
      lines.push(line);
      if (line === "one") source.destroy(new Error("connection lost"));
    });
    source.write(frame(OUT, "one\ntwo"));
    await expect(read).rejects.toThrow("connection lost");
    expect(lines).toEqual(["one", "two"]);
  });

  it("ends with a stream that is destroyed", async () => {
    const source = new PassThrough();
    const lines: string[] = [];
    const read = eachLine(source, (line) => {
      lines.push(line);
      source.destroy();
    });
    source.write(frame(OUT, "one\n"));
    await read;
    expect(lines).toEqual(["one"]);
  });
});

describe("split", () => {
  it("writes each stream to its own place, which stays open", async () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const bytes = [frame(OUT, "a"), frame(ERR, "b"), frame(OUT, "c")];
    await split(scattered(Buffer.concat(bytes)), out, err);
    expect([out, err].map((stream) => String(stream.read()))).toEqual(["ac", "b"]);
    expect([out, err].map((stream) => stream.writable)).toEqual([true, true]);
  });
});
