// What the load's verdict calls lost, late, missing and double.
import { describe, expect, it } from "vitest";
import { percentile } from "../../support/load/clock.ts";
import { judge } from "../../support/load/mix.ts";
import type { Cut, LoadReport } from "../../support/load/types.ts";

const websocket = (openedAt: number, at: number): Cut => ({
  ...{ what: "websocket", openedAt, at, why: "closed with 1001" },
});

function report(parts: Partial<LoadReport>): LoadReport {
  return {
    ...{ startedAt: 0, seconds: 10, requests: 100, keepAlive: 50, failed: 0, failures: [] },
    ...{ longestGap: 12, longestGapAt: 0, phases: [], versions: {}, posts: 0, answeredPosts: [] },
    ...{ webSockets: { opened: 1, messages: 1 }, downloads: { whole: [], unfinished: 0 } },
    ...{ cuts: [], lateness: { p99: 0, max: 0 } },
    ...parts,
  };
}

describe("the verdict on a load", () => {
  const switches = { at: [20_000], drain: 6 };

  it("lists streams cut at the end of the drain apart from failures", () => {
    const verdict = judge(report({ cuts: [websocket(1000, 26_400)] }), switches, "");
    expect(verdict).toMatchObject({ cutByDrain: 1, failed: 0, reasons: [] });
  });

  it.each([
    ["before any switch", websocket(1000, 15_000)],
    ["before the drain's end", websocket(1000, 23_000)],
    ["on a new copy", websocket(21_000, 27_000)],
  ])("counts a stream that was cut %s as failed", (_, cut) => {
    const verdict = judge(report({ cuts: [cut] }), switches, "");
    expect(verdict).toMatchObject({ cutByDrain: 0, failed: 1 });
    expect(verdict.reasons).toEqual([
      expect.stringMatching(/ s: websocket cut .* s after it was opened: closed with 1001$/),
    ]);
  });

  it("tells missing and double POSTs: answered and not counted, counted twice", () => {
    const sent = report({ posts: 5, answeredPosts: [0, 1, 2] });
    // The last one failed and was counted, the one before failed and was not: neither is a loss here.
    expect(judge(sent, switches, "10201")).toMatchObject({ missing: 1, double: 1 });
  });

  it("refuses an answer of the counter that is not about these POSTs", () => {
    expect(() => judge(report({ posts: 2 }), switches, "1")).toThrow(
      "the counter says 1 ids, sent were 2",
    );
  });

  it("counts the downloads that a switch did not break", () => {
    const whole: [number, number][] = [
      [12_000, 22_000],
      [1_000, 11_000],
      [20_500, 30_500],
    ];
    const downloads = { whole, unfinished: 0 };
    expect(judge(report({ downloads }), switches, "").spanning).toBe(1);
  });
});

describe("a percentile", () => {
  it("is a value that was measured", () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([percentile(sorted, 0.5), percentile(sorted, 0.99), percentile([], 0.99)]).toEqual([
      50, 99, 0,
    ]);
  });
});
