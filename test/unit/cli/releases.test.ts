/** The ledger as the command line shows it, and what a rollback chooses and says. */
import { describe, expect, it } from "vitest";
import {
  findRelease,
  releaseLines,
  releaseTable,
} from "../../../components/cli/commands/releases.ts";
import {
  chooseTarget,
  describeRollback,
  differingSecrets,
} from "../../../components/cli/commands/rollback.ts";
import { type Status, statusText } from "../../../components/cli/commands/status.ts";
import { table } from "../../../components/cli/table.ts";
import type { Ledger } from "../../../components/releases/types.ts";
import { snapshot, entry, refOf } from "../releases/example.ts";

const ledger = (...entries: Ledger["entries"]): Ledger => ({ version: 2, entries, bad: [] });
const three = ledger(entry(1), entry(2, "2", { dirty: true }), entry(3, "1", { rollbackTo: 1 }));

describe("the releases of a ledger", () => {
  it("are a table, newest first, with what each changed and how it ended", () => {
    expect(releaseTable(releaseLines(three))).toBe(
      [
        "RELEASE  TIME (UTC)           BY    COMMIT         SERVICES          STATUS",
        "3        2026-01-03 10:00:00  anna  0123456789ab   web v2 → v1       serves, brought back release 1",
        "2        2026-01-02 10:00:00  anna  0123456789ab+  web v1 → v2       rolled back by release 3",
        "1        2026-01-01 10:00:00  anna  0123456789ab   web v1, proxy vf  replaced",
      ].join("\n"),
    );
  });

  it("tell programs the images by digest, and no secret", () => {
    expect(releaseLines(three)[0]).toMatchObject({
      release: 1,
      services: { web: "v1", proxy: "vf" },
      images: { web: refOf("web", "1") },
      status: "replaced",
    });
    expect(JSON.stringify(releaseLines(three))).not.toContain("secret-");
  });

  it("say where only configuration changed", () => {
    expect(releaseTable(releaseLines(ledger(entry(1), entry(2, "1"))))).toContain("same images");
  });

  it("are found by number, or by tag, the newest that has it", () => {
    expect(findRelease(three, "2").release).toBe(2);
    expect(findRelease(three, "v1").release).toBe(3);
    expect(() => findRelease(three, "v9")).toThrow(
      "`v9` is neither a release of this stack nor a tag of one. Its ledger has: 1, 2, 3 " +
        "(see `longshore releases`).",
    );
  });
});

describe("a table", () => {
  it("has columns as wide as their longest cell, and no blanks at the end", () => {
    const rows = [
      ["1", "x"],
      ["234", ""],
    ];
    expect(table(["A", "LONG"], rows)).toBe("A    LONG\n1    x\n234");
  });
});

describe("a rollback", () => {
  it("goes to the last release that differs from what serves", () => {
    expect(chooseTarget(ledger(entry(1), entry(2), entry(3, "2"))).target.release).toBe(1);
  });

  it("passes over releases that an earlier rollback has left", () => {
    const left = { service: "web", ref: refOf("web", "2"), tag: "v2", release: 2 };
    const after = ledger(entry(1), entry(2), entry(3));
    expect(chooseTarget({ ...after, bad: [left] }).target.release).toBe(1);
  });

  it("goes to the release that is named", () => {
    expect(chooseTarget(ledger(entry(1), entry(2), entry(3)), "1").target.release).toBe(1);
    expect(() => chooseTarget(ledger(entry(1), entry(2)), "2")).toThrow(
      "Release 2 is the one that serves.",
    );
  });

  it("has nowhere to go from the first release", () => {
    expect(() => chooseTarget(ledger(entry(1)))).toThrow(
      "There is no earlier release to go back to: the ledger has none, or rollbacks have left them. " +
        "Name one with `--to N` (see `longshore releases`).",
    );
  });

  it("says which secrets change, which release commands stay, and what will be refused", () => {
    const [first, last] = [entry(1), entry(3, "3", { releaseCommands: ["web"] })];
    const all = ledger(first, entry(2, "2", { releaseCommands: ["web"] }), last);
    expect(describeRollback(all, last, first, [])).toEqual([
      "From release 3 back to release 1 (2026-01-01 10:00:00 UTC, by anna).",
      "Secrets that get the values of then: TOKEN. `--keep-secret NAME` keeps the program's value of one.",
      "Release commands ran since then and are not undone: web in release 2, web in release 3. " +
        "The version that comes back must be able to work with what they did.",
      "Updates will refuse what is left: web v3.",
    ]);
    expect(describeRollback(all, last, first, ["TOKEN"])[1]).toBe(
      "Secrets that keep the program's value: TOKEN.",
    );
  });

  it("says that the program needs fixing where the images are the same", () => {
    const [first, last] = [entry(1), entry(2, "1")];
    expect(describeRollback(ledger(first, last), last, first, []).at(-1)).toBe(
      "The images are the same: what differs is configuration. Fix it in the program too, or the " +
        "next update brings it back.",
    );
  });

  it("compares secrets and secret variables by value, and names them only", () => {
    const hidden = snapshot("1", {
      environment: { PASSWORD: "x" },
      secretVariables: ["PASSWORD"],
      secrets: [{ name: "TOKEN", value: "secret-1", as: "file" }],
    });
    expect(differingSecrets(snapshot("1"), snapshot("1"))).toEqual([]);
    expect(differingSecrets(snapshot("1"), snapshot("2"))).toEqual(["TOKEN"]);
    expect(differingSecrets(snapshot("1"), hidden)).toEqual(["PASSWORD"]);
  });
});

describe("a stack's status", () => {
  it("is a line a host and a table of replicas", () => {
    const since = "2026-01-01T00:00:00.000Z";
    const host = { release: 4, proxy: "running" };
    const found: Status = {
      stack: "local",
      hosts: [
        { ...host, host: "m1", draining: since, maintenance: null },
        { ...host, host: "m2", draining: null, maintenance: { message: "", retryAfter: 1, since } },
      ],
      replicas: [
        {
          ...{ host: "m1", service: "web", replica: 1, version: "v1", container: "web-1" },
          ...{ state: "running", health: "healthy", since },
        },
      ],
    };
    expect(statusText(found)).toBe(
      [
        "local on m1: release 4, proxy running, drained since 2026-01-01T00:00:00.000Z",
        "local on m2: release 4, proxy running, in maintenance since 2026-01-01T00:00:00.000Z",
        "SERVICE  VERSION  REPLICA  STATE    HEALTH   SINCE (UTC)",
        "web      v1       m1/1     running  healthy  2026-01-01 00:00:00",
      ].join("\n"),
    );
  });
});
