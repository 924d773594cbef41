/** What a release adds to the ledger, and which images it then refuses. */
import { describe, expect, it } from "vitest";
import { provenance } from "../../../components/releases/provenance.ts";
import { recordRelease } from "../../../components/releases/record.ts";
import type { Ledger } from "../../../components/releases/types.ts";
import { snapshot, entry, refOf } from "./example.ts";
import { refuseBad } from "../../../components/releases/guard.ts";

const now = {
  runtime: "fleet" as const,
  time: "2026-02-01T00:00:00.000Z",
  actor: "ben",
  commit: "abc",
  dirty: true,
};
const report = (release: number, changed = true) => ({
  release,
  services: { web: { tag: "v", changed } },
});
const two: Ledger = { version: 2, entries: [entry(1), entry(2)], bad: [] };

describe("a release that succeeded", () => {
  it("is added with who, when, what and from which commit", () => {
    const { entries } = recordRelease(two, { key: "", snapshot: snapshot("3") }, report(3), now);
    expect(entries.map(({ release }) => release)).toEqual([1, 2, 3]);
    expect(entries[2]).toEqual({
      release: 3,
      ...now,
      releaseCommands: [],
      snapshot: snapshot("3"),
    });
  });

  it("remembers whose release command ran", () => {
    const migrating = snapshot("3", { releaseCommand: ["migrate"] });
    const ran = (changed: boolean) =>
      recordRelease(two, { key: "", snapshot: migrating }, report(3, changed), now).entries.at(-1);
    expect(ran(true)?.releaseCommands).toEqual(["web"]);
    expect(ran(false)?.releaseCommands).toEqual([]);
  });

  it("that changed nothing on the hosts adds none, but keeps the definition as it now is", () => {
    const next = snapshot("2", { drain: 99 });
    const { entries } = recordRelease(two, { key: "", snapshot: next }, report(2), now);
    expect(entries).toEqual([entry(1), { ...entry(2), snapshot: next }]);
  });

  it("makes an image that was let through on purpose a good one again", () => {
    const bad = [{ service: "web", ref: refOf("web", "3"), tag: "v3", release: 3 }];
    const after = recordRelease(
      { ...two, bad },
      { key: "", snapshot: snapshot("3") },
      report(4),
      now,
    );
    expect(after.bad).toEqual([]);
  });
});

describe("a rollback", () => {
  const back = recordRelease(
    two,
    { key: "", snapshot: snapshot("1"), rollbackTo: 1 },
    report(3),
    now,
  );

  it("marks the images that it leaves as bad, and no other", () => {
    expect(back.bad).toEqual([{ service: "web", ref: refOf("web", "2"), tag: "v2", release: 2 }]);
    expect(back.entries.at(-1)?.rollbackTo).toBe(1);
  });

  it("has the next release of them refused, by service, tag and release", () => {
    expect(() => refuseBad(back, snapshot("2"), false)).toThrow(
      "The release is refused, nothing was started: it would bring back what a rollback has left.\n" +
        `  - service \`web\` v2, of release 2 (${refOf("web", "2")})\n` +
        "Release a version with the fault fixed; or, if it was not to blame, " +
        "`longshore up --allow-bad`.",
    );
  });

  it("stands in the way of nothing else", () => {
    expect(() => refuseBad(back, snapshot("2"), true)).not.toThrow();
    expect(() => refuseBad(back, snapshot("3"), false)).not.toThrow();
  });
});

describe("the provenance of a release", () => {
  const time = new Date("2026-02-01T00:00:00Z");

  it("name the CI's actor before anybody else", () => {
    const found = provenance("/nonexistent", { GITHUB_ACTOR: "carla" }, time);
    expect(found).toEqual({ time: "2026-02-01T00:00:00.000Z", actor: "carla", dirty: false });
  });

  it("name the commit of the folder's repository", () => {
    expect(provenance(process.cwd(), {}, time).commit).toMatch(/^[0-9a-f]{40}$/);
  });
});
