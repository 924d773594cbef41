/** Which hosts a stack's state may release to. */
import { describe, expect, it } from "vitest";
import { emptyState } from "../../../../components/fleet/release/plan/planner.ts";
import type { HostState, ServiceState } from "../../../../components/fleet/types.ts";
import {
  StaleState,
  checkFence,
  checkMeanwhile,
} from "../../../../components/fleet/state/fence.ts";

const at = (settled?: number, settledFrom?: number): HostState => ({
  ...emptyState({} as never),
  ...(settled === undefined ? {} : { settled }),
  ...(settledFrom === undefined ? {} : { settledFrom }),
});

describe("the fence", () => {
  it.each([
    ["a host that never had a release", at(), 0],
    ["the release that the state knows", at(7, 6), 7],
    ["one more, which a killed update leaves", at(8, 7), 7],
    ["a later number from this very state: earlier tries failed", at(11, 7), 7],
    ["one more of before hosts noted where it began", at(8), 7],
    ["a host that was set up anew", at(0), 7],
    ["any, for a state that keeps no count", at(99, 98), undefined],
  ])("lets %s pass", (_, state, lastRelease) => {
    expect(() => checkFence("one", state, lastRelease)).not.toThrow();
    expect(() => checkFence("one", state, lastRelease, lastRelease)).not.toThrow();
  });

  it.each([
    ["that others released to", at(9, 8), 0],
    ["that others released to from this very state, and wrote it down", at(8, 7), 8],
    ["with a later number from another state", at(12, 11), 7],
  ])("refuses a host %s", (_, state, confirmed) => {
    expect(() => checkFence("one", state, 7, confirmed)).toThrow(StaleState);
    expect(() => checkFence("one", state, 7, confirmed)).toThrow(
      `Host \`one\` serves release ${state.settled}, and this stack's state knows only release 7: somebody ` +
        "released from another copy of the state. Nothing was changed.",
    );
  });
});

describe("a host that was waited for", () => {
  const serving = (servers: string[]): HostState => ({
    ...at(8, 7),
    services: { app: { active: "a", a: { servers }, b: null } as unknown as ServiceState },
  });

  it("is let pass if nothing came, or what came is what is wanted", () => {
    expect(() => checkMeanwhile("one", at(7, 6), 7, { app: ["app-2"] })).not.toThrow();
    const same = serving(["app-2"]);
    expect(() => checkMeanwhile("one", same, 7, { app: ["app-2"] })).not.toThrow();
  });

  it("is refused if another release came", () => {
    expect(() => checkMeanwhile("one", serving(["app-9"]), 7, { app: ["app-2"] })).toThrow(
      "While this release waited, another one (8) came to host `one`, and its versions of app serve there now.",
    );
  });
});
