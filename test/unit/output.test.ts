/** What others print is shown without what a terminal would carry out, without secrets, and cut. */
import { describe, expect, it } from "vitest";
import { LineReader } from "../../components/output/lines.ts";
import { masker } from "../../components/output/mask.ts";
import { LONGEST_LINE, cut, plain } from "../../components/output/text.ts";

describe("plain", () => {
  it.each([
    ["a title", "\x1b]0;owned\x07text", "text"],
    ["a title that ends in ST", "\x1b]0;owned\x1b\\text", "text"],
    ["the clipboard", "\x1b]52;c;b3duZWQ=\x07text", "text"],
    ["clearing", "\x1b[2J\x1b[Htext", "text"],
    ["colours", "\x1b[31mred\x1b[0m", "red"],
    ["the same in 8 bits", "\x9b31mred", "red"],
    ["a bell, a backspace, a carriage return", "\x07a\bb\rc", "abc"],
    ["text turned round", "a\u202eb\u2066c", "abc"],
  ])("takes %s out", (_what, text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it("keeps lines, tabs and letters of all kinds", () => {
    expect(plain("a\tä\r\n日本\n😀")).toBe("a\tä\n日本\n😀");
  });
});

describe("cut", () => {
  it("leaves 8 KiB of a line of a megabyte, and says how much is missing", () => {
    const line = cut("x".repeat(1_000_000));
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LONGEST_LINE);
    const [, more] = /^x+ … \((\d+) more bytes\)$/.exec(line) ?? [];
    expect(Number(more) + (line.match(/x/g) ?? []).length).toBe(1_000_000);
  });

  it("leaves no half character", () => {
    for (const letter of ["ä", "日", "😀"]) {
      for (const before of ["", "a", "ab", "abc"]) {
        const line = cut(before + letter.repeat(9000));
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LONGEST_LINE);
        expect(line).not.toContain("\ufffd");
      }
    }
  });

  it("leaves a line that fits alone", () => {
    const line = "x".repeat(LONGEST_LINE);
    expect(cut(line)).toBe(line);
  });
});

describe("masker", () => {
  const value = 'pa"ss/wör d+$1';
  const mask = masker([value]);
  const bytes = (text: string) => Buffer.from(text);
  const forms: [string, string][] = [
    ["as it is", value],
    ["as JSON", JSON.stringify({ value })],
    ["in base64", bytes(value).toString("base64")],
    ["in base64, one byte on", bytes(`x${value}y`).toString("base64")],
    ["in base64, two bytes on", bytes(`xx${value}yyyy`).toString("base64")],
    ["in base64 for URLs", bytes(`user:${value}`).toString("base64url")],
    ["in hexadecimal", bytes(value).toString("hex")],
    ["in upper case", bytes(value).toString("hex").toUpperCase()],
    ["in a URL", encodeURIComponent(value)],
  ];
  it.each(forms)("takes a value out %s", (_how, text) => {
    const shown = mask(`before ${text} after`);
    expect(shown).toContain("[secret]");
    expect(shown).not.toContain(text);
    // What is left of its middle in any form.
    for (const part of [value.slice(3, 11), bytes(value).toString("base64").slice(4, 12)]) {
      expect(shown).not.toContain(part);
    }
    expect(shown.startsWith("before ")).toBe(true);
    expect(shown.endsWith(" after")).toBe(true);
  });

  it("takes each line of a value out", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n";
    expect(masker([key])("got MIIEvQIBADANBg\n")).toBe("got [secret]\n");
  });

  it("takes the whole of a value out that holds another one", () => {
    expect(masker(["hunter", "hunter2-long"])("hunter2-long hunter")).toBe("[secret] [secret]");
  });

  it("leaves what is too short to be one, and everything where there is none", () => {
    expect(masker(["abc", "", "\n"])("abcdef")).toBe("abcdef");
    expect(masker([])("abcdef")).toBe("abcdef");
  });
});

describe("LineReader", () => {
  function read(...pieces: (string | Buffer)[]): string[] {
    const lines: string[] = [];
    const reader = new LineReader((line) => lines.push(line));
    for (const piece of pieces) reader.write(Buffer.from(piece));
    reader.close();
    return lines;
  }

  it("puts lines together from whatever pieces they come in", () => {
    const [head, tail] = [Buffer.from("ä").subarray(0, 1), Buffer.from("ä").subarray(1)];
    expect(read("a", "b\nc\r\n", "\n", head, tail)).toEqual(["ab", "c", "", "ä"]);
    expect(read("last\n")).toEqual(["last"]);
  });

  it("keeps 64 Ki characters of a line that does not end", () => {
    const piece = "x".repeat(10_000);
    const [line = "", ...more] = read(...Array<string>(1000).fill(piece), "\nnext");
    expect(line.length).toBe(64 * 1024);
    expect(more).toEqual(["next"]);
  });
});
