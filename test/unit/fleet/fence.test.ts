/** Which hosts a stack's state may release to. */
import { describe, expect, it } from "vitest";
import { StaleState, checkFence } from "../../../components/fleet/release/fence.ts";
import { emptyState } from "../../../components/fleet/release/planner.ts";
import type { HostState } from "../../../components/fleet/release/types.ts";

const at = (settled: number | undefined): HostState => ({
  ...emptyState({} as never),
  ...(settled === undefined ? {} : { settled }),
});

describe("the fence", () => {
  it.each([
    ["a host that never had a release", undefined, 0],
    ["the release that the state knows", 7, 7],
    ["one more, which a killed update leaves", 8, 7],
    ["a host that was set up anew", 0, 7],
    ["any, for a state that keeps no count", 99, undefined],
  ])("lets %s pass", (_, settled, lastRelease) => {
    expect(() => checkFence("one", at(settled), lastRelease)).not.toThrow();
  });

  it("refuses a host that others released to", () => {
    expect(() => checkFence("one", at(9), 7)).toThrow(StaleState);
    expect(() => checkFence("one", at(9), 7)).toThrow(
      "Host `one` serves release 9, and this stack's state knows only release 7: somebody released " +
        "from another copy of the state.",
    );
  });
});
