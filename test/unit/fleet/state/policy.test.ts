/** What an update's environment says is read strictly: a value that means nothing is refused. */
import { describe, expect, it } from "vitest";
import { BadEnvironment, hostPolicy } from "../../../../components/fleet/state/policy.ts";

describe("hostPolicy", () => {
  it("has defaults, also where a variable is empty", () => {
    const off = { takeOver: false, allowBad: false, noWatch: false, renewForwarder: false };
    const defaults = { wait: 17, ...off };
    expect(hostPolicy({})).toEqual(defaults);
    expect(hostPolicy({ LONGSHORE_WAIT: "", LONGSHORE_TAKE_OVER: "" })).toEqual(defaults);
  });

  it("takes seconds and switches", () => {
    const flags = {
      ...{ LONGSHORE_TAKE_OVER: "1", LONGSHORE_ALLOW_BAD: "0", LONGSHORE_NO_WATCH: "1" },
      LONGSHORE_RENEW_FORWARDER: "1",
    };
    expect(hostPolicy({ LONGSHORE_WAIT: "1.5", ...flags })).toEqual({
      ...{ wait: 1.5, takeOver: true, allowBad: false, noWatch: true, renewForwarder: true },
    });
    expect(hostPolicy({ LONGSHORE_WAIT: "0" }).wait).toBe(0);
    expect(hostPolicy({ LONGSHORE_WAIT: "86400" }).wait).toBe(86_400);
  });

  it.each(["abc", "-1", "1e9", "Infinity", "NaN", " 5", "86401", "0x10", "5s"])(
    "refuses to wait %j",
    (wait) => {
      expect(() => hostPolicy({ LONGSHORE_WAIT: wait })).toThrow(BadEnvironment);
    },
  );

  it("names every variable that is wrong, its value, and what is allowed", () => {
    const env = { LONGSHORE_WAIT: "abc", LONGSHORE_TAKE_OVER: "yes", LONGSHORE_ALLOW_BAD: "2" };
    expect(() => hostPolicy(env)).toThrow(
      [
        '`LONGSHORE_WAIT` is "abc": it must be seconds, from 0 to 86400.',
        '`LONGSHORE_TAKE_OVER` is "yes": it must be `1` or `0`.',
        '`LONGSHORE_ALLOW_BAD` is "2": it must be `1` or `0`.',
        "Nothing was changed.",
      ].join("\n"),
    );
  });
});
