/** When a canary goes on, and when it is rolled back. */
import { describe, expect, it } from "vitest";
import { type Canary, judgeCanary } from "../../../../components/fleet/release/canary.ts";

const strategy: Canary = {
  kind: "canary",
  steps: [10, 50],
  watch: 30,
  maxErrors: 1,
  minRequests: 20,
};

describe("a canary", () => {
  it("goes on while errors are within their share", () => {
    const seen = { requests: 200, errors: 2, averageMs: 900 };
    expect(judgeCanary(strategy, seen, false)).toBeUndefined();
    expect(judgeCanary(strategy, seen, true)).toBeUndefined();
  });

  it("is aborted at once when more fail, if there are enough to judge by", () => {
    expect(judgeCanary(strategy, { requests: 20, errors: 1, averageMs: 5 }, false)).toBe(
      "1 of 20 requests failed (5.0 %, at most 1 %)",
    );
    expect(judgeCanary(strategy, { requests: 19, errors: 19, averageMs: 5 }, false)).toBe(
      undefined,
    );
  });

  it("is aborted at the end of a step that had too few requests", () => {
    expect(judgeCanary(strategy, { requests: 19, errors: 0, averageMs: 5 }, true)).toBe(
      "only 19 requests came in 30 s, too few to judge by (at least 20)",
    );
  });

  it("is aborted when answers are slower than allowed", () => {
    const seen = { requests: 50, errors: 0, averageMs: 250.4 };
    expect(judgeCanary({ ...strategy, maxLatency: 250 }, seen, false)).toBe(
      "an answer takes 250.4 ms on average (at most 250 ms)",
    );
    expect(judgeCanary({ ...strategy, maxLatency: 251 }, seen, false)).toBeUndefined();
  });
});
