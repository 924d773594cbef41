/** When an engine becomes another version, and when that is refused. */
import { describe, expect, it } from "vitest";
import { decide } from "../../../components/hosts/install/decide.ts";
import { planUpgrade, upgradeRefusals } from "../../../components/hosts/install/upgrade.ts";
import { findSshFaults } from "../../../components/hosts/ssh-faults.ts";
import { BARE, HAS, NOW } from "./facts.ts";

const LIVE = { ...HAS, liveRestore: true, wanted: "newer" as const };

describe("an upgrade", () => {
  it("is of the packages that are there, and knows the way back", () => {
    expect(planUpgrade(LIVE, { version: "27.0.0" })).toEqual({
      ...{ VERSION: "27.0.0", PACKAGES: "docker.io docker-cli", BEFORE: "26.1.5" },
    });
    const own = { ...LIVE, packages: { "docker-ce": "5:26.1.5-1" } };
    expect(planUpgrade(own, { version: "5:26.1.5-2" })).toEqual({
      ...{ VERSION: "5:26.1.5-2", PACKAGES: "docker-ce docker-ce-cli containerd.io" },
      BEFORE: "5:26.1.5-1",
    });
  });

  it("is nothing for the version that is there, and where nothing is said or there", () => {
    expect(planUpgrade(LIVE, { version: "26.1.5" })).toBeUndefined();
    expect(planUpgrade(LIVE, {})).toBeUndefined();
    expect(planUpgrade(BARE, { version: "27.0.0" })).toBeUndefined();
    expect(upgradeRefusals({ ...HAS, wanted: "newer" }, { version: "26.1.5" })).toEqual([]);
    expect(upgradeRefusals(BARE, { version: "27.0.0" })).toEqual([]);
  });

  it("is left to come where it can be, and refused beforehand where it cannot", () => {
    expect(decide(LIVE, { version: "27.0.0" }, "deploy", NOW)).toMatchObject({
      plan: { VERSION: "", PACKAGES: "", BEFORE: "" },
    });
    const older = { ...LIVE, liveRestore: false, wanted: "older" as const };
    expect(decide(older, { version: "25.0.0" }, "deploy", NOW)).toEqual({
      refusals: [
        "it has docker.io 26.1.5, and `docker.version` is 25.0.0, which is older: an engine may not read what a newer one " +
          "wrote. Set `docker.downgrade: true` to have it all the same",
        "an upgrade to 25.0.0 restarts the engine, which would stop its 3 containers. " +
          'Set `"live-restore": true` in `docker.settings`: they then go on; or stop them first',
      ],
    });
  });

  it("is taken back to an older version only if that is said", () => {
    const older = { ...LIVE, wanted: "older" as const };
    expect(upgradeRefusals(older, { version: "25.0.0", downgrade: true })).toEqual([]);
    expect(upgradeRefusals(older, { version: "25.0.0", downgrade: false })).toHaveLength(1);
  });

  it("may rely on settings that come first, or on there being no containers", () => {
    const args = (live: boolean) => ({ version: "27.0.0", settings: { "live-restore": live } });
    const off = { ...LIVE, liveRestore: false };
    expect(upgradeRefusals(off, args(true))).toEqual([]);
    expect(upgradeRefusals(LIVE, args(false))).toHaveLength(1);
    expect(upgradeRefusals({ ...off, containers: 0 }, args(false))).toEqual([]);
  });

  it("is validated", () => {
    const host = { address: "h", user: "u", hostKey: `ssh-ed25519 ${"A".repeat(60)}` };
    expect(findSshFaults({ ...host, docker: { downgrade: true } })).toEqual([]);
    expect(findSshFaults({ ...host, docker: { downgrade: "yes" } })).toEqual([
      "`docker.downgrade` must be true or false",
    ]);
  });
});
