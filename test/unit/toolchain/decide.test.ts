// Which of the three ways: every fact that decides, one row each.
import { describe, expect, it } from "vitest";
import { type Decision, type Facts, decide, mustAsk } from "../../../toolchain/decide.ts";
import { PIECES, TOOLS } from "../../../toolchain/pieces.ts";
import type { Stamp } from "../../../toolchain/stamp.ts";

const docker = PIECES.find(({ name }) => name === "docker") ?? PIECES[0]!;
const pulumi = PIECES[0]!;
const there: Facts = { executable: true, partial: false, fingerprint: "now" };
const built: Stamp = {
  version: "5.2.0",
  origin: "built",
  fingerprint: "now",
  size: 1,
  mtimeMs: 1,
};
const downloaded: Stamp = { ...built, origin: "downloaded", fingerprint: undefined };
const use = (origin: string, version = "5.2.0") => ({ use: true, origin, version }) as Decision;
const no = (reason: string): Decision => ({ use: false, reason });

describe("a piece is used or installed", () => {
  it.each<[string, Facts, Decision]>([
    ["nothing there", { ...there, executable: false }, no("is not there")],
    ["a stamp alone", { ...there, executable: false, stamp: built }, no("is not there")],
    [
      "Pulumi's own half installation",
      { ...there, partial: true, version: "5.2.0" },
      no("was left half installed"),
    ],
    ["built from these sources", { ...there, stamp: built, stampMatches: true }, use("built")],
    [
      "built from other sources",
      { ...there, stamp: { ...built, fingerprint: "then" }, stampMatches: true },
      no("was built from other sources than there are now"),
    ],
    [
      "built in another version",
      { ...there, stamp: { ...built, version: "5.1.0" }, stampMatches: true },
      no("is 5.1.0, and 5.2.0 is wanted"),
    ],
    [
      "another program than its stamp says",
      { ...there, stamp: built, stampMatches: false, version: "5.2.0" },
      no("was left half installed, or changed since"),
    ],
    ["downloaded", { ...there, stamp: downloaded, stampMatches: true }, use("downloaded")],
    ["somebody's own, of that version", { ...there, version: "5.2.0" }, use("installed")],
    [
      "somebody's own, of another",
      { ...there, version: "5.3.0" },
      no("is 5.3.0, and 5.2.0 is wanted"),
    ],
    ["somebody's own that does not run", there, no("does not run")],
  ])("%s", (_, facts, decision) => {
    expect(decide(docker, facts)).toEqual(decision);
  });
});

describe("which versions fit", () => {
  it.each([
    [pulumi, "3.250.0", true],
    [pulumi, "3.261.2", true],
    [pulumi, "3.249.9", false],
    [pulumi, "4.0.0", false],
    [docker, "5.2.0", true],
    [docker, "5.2.1", false],
    [TOOLS.buildkitd, "0.31.0", true],
    [TOOLS.buildkitd, "0.32.1", true],
    [TOOLS.buildkitd, "0.30.9", false],
    [TOOLS.buildx, "0.36.0", true],
    [TOOLS.compose, "5.0.0", false],
  ])("%o", (piece, version, fits) => {
    expect(piece.fits(version)).toBe(fits);
  });
});

describe("asking a program for its version, which takes a quarter of a second", () => {
  it.each<[string, Facts, boolean]>([
    ["is needed where nothing else tells it", there, true],
    ["is not with a stamp", { ...there, stamp: built }, false],
    ["is not of what is not there", { ...there, executable: false }, false],
    ["is not of what is half installed", { ...there, partial: true }, false],
  ])("%s", (_, facts, asked) => {
    expect(mustAsk(facts)).toBe(asked);
  });
});
