/** What a smoke check says of an answer. */
import { describe, expect, it } from "vitest";
import { judge, parseAnswer } from "../../../../components/fleet/release/proofs/smoke.ts";

const png = "\x89PNG\r\n\x1a\n";
const answer = (raw: string) => {
  const parsed = parseAnswer(Buffer.from(raw, "latin1"));
  if (parsed === undefined) throw new Error("no answer");
  return parsed;
};
const picture = answer(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nX-Cache: hit\r\n\r\n${png}…`);
const check = { path: "/", status: 200, requestHeaders: {}, headers: {} };

describe("a smoke check", () => {
  it("takes an answer that is as told: status, header, first bytes", () => {
    const headers = { "content-type": "image/png" };
    expect(judge({ ...check, headers, startsWith: png }, picture)).toBeUndefined();
  });

  it.each([
    ["another status", { status: 204 }, "answered 200 instead of 204"],
    ["a missing header", { headers: { etag: "x" } }, "has no header `etag`"],
    ["another header", { headers: { "x-cache": "miss" } }, "has `x-cache: hit` instead of `miss`"],
    ["other bytes", { startsWith: "GIF8" }, 'begins with 0x89504e47 instead of "GIF8"'],
    [
      "a body that is too short",
      { startsWith: `${png}…more than there is` },
      /^begins with 0x89504e470d0a1a0a.* instead of 0x/,
    ],
  ])("names %s", (_, more, fault) => {
    expect(judge({ ...check, ...(more as object) }, picture)).toMatch(fault);
  });

  it("has nothing to judge where nothing answered", () => {
    expect(parseAnswer(Buffer.alloc(0))).toBeUndefined();
    expect(parseAnswer(Buffer.from("HTTP/1.1 200 OK\r\n"))).toBeUndefined();
  });
});
