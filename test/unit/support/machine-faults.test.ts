// What of a matrix's losses belongs to a machine that was away, and what does not.
import { describe, expect, it } from "vitest";
import { MOST_UNNOTICED, asExpected } from "../../../bench/releases/kill-points.ts";
import { type Away, lostOutside } from "../../../bench/releases/machine-faults.ts";
import type { Verdict } from "../../support/load/mix.ts";

const away: Away = { from: 10_000, to: 40_000, faults: [] };
const losing = (at: number, why: string) =>
  ({ report: { failures: [{ at, what: "GET /, new connection", why }] } }) as Verdict;

describe("a machine that is away", () => {
  it.each([
    ["while it is away", 25_000, "502"],
    ["when a request to it has waited long enough", 55_000, "timeout"],
  ])("may lose requests %s", (_, at, why) => {
    expect(lostOutside(away, losing(at, why))).toEqual([]);
  });

  it.each([
    ["before", 9_000, "ECONNRESET", "-31.0 s: GET /, new connection: ECONNRESET"],
    ["when it is back", 41_000, "503", "1.0 s: GET /, new connection: 503"],
    ["long after", 61_000, "timeout", "21.0 s: GET /, new connection: timeout"],
  ])("may lose none %s", (_, at, why, line) => {
    expect(lostOutside(away, losing(at, why))).toEqual([
      `lost while all machines were there:\n    ${line}`,
    ]);
  });

  it("does not hide what the others lost", () => {
    const faults = ["web-1 lost 1: 503"];
    expect(lostOutside({ ...away, faults }, losing(25_000, "502"))).toEqual(faults);
  });

  it("may lose so many, and no more", () => {
    expect(MOST_UNNOTICED).toBe(96);
    expect(asExpected({ kind: "unnoticed" }, 96)).toBe(true);
    expect(asExpected({ kind: "unnoticed" }, 97)).toBe(false);
  });
});
