/** The ledger as text: only who has the key can read it, and it always fits. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  MOST_TEXT,
  openLedger,
  previousLedger,
  previousRelease,
  sealLedger,
} from "../../../components/releases/codec.ts";
import { readLedger, readRequest, runtimeOf } from "../../../components/releases/exported-state.ts";
import type { Ledger } from "../../../components/releases/types.ts";
import { entry, refOf } from "./example.ts";

const key = randomBytes(32).toString("base64url");
const ledger: Ledger = {
  version: 2,
  entries: [entry(1), entry(2)],
  bad: [{ service: "web", ref: refOf("web", "9"), tag: "v9", release: 9 }],
};
const UNREADABLE = /^The stack's ledger of releases cannot be decrypted: its key/;

describe("a sealed ledger", () => {
  it("comes back as it was", () => {
    const { text, dropped } = sealLedger(ledger, key);
    expect(openLedger(text, key)).toEqual(ledger);
    expect(dropped).toEqual([]);
  });

  it("says nothing in plaintext, and is never the same text twice", () => {
    const [one, two] = [sealLedger(ledger, key).text, sealLedger(ledger, key).text];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, "base64").toString("latin1")).not.toMatch(/secret-1|TOKEN|web|anna/);
  });

  it("keeps ten releases", () => {
    const entries = Array.from({ length: 12 }, (_, index) => ({ ...entry(1), release: index + 1 }));
    const { text, dropped } = sealLedger({ ...ledger, entries }, key);
    expect(openLedger(text, key).entries.map(({ release }) => release)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(dropped).toEqual([]);
  });

  it("drops the oldest releases where it would not fit in one variable, and names them", () => {
    const big = (release: number) => {
      const made = entry(release);
      for (const service of made.snapshot.services) {
        service.environment = { NOISE: randomBytes(30_000).toString("base64") };
      }
      return made;
    };
    const { text, dropped } = sealLedger({ ...ledger, entries: [1, 2, 3, 4].map(big) }, key);
    expect(text.length).toBeLessThanOrEqual(MOST_TEXT);
    expect(dropped).toEqual([1, 2]);
    expect(openLedger(text, key).entries.map(({ release }) => release)).toEqual([3, 4]);
  });

  it.each([
    ["another key", randomBytes(32).toString("base64url"), (text: string) => text],
    ["no key", "", (text: string) => text],
    [
      "a changed text",
      key,
      (text: string) => `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`,
    ],
    ["a cut text", key, (text: string) => text.slice(0, -8)],
    ["no text", key, () => ""],
  ])("cannot be opened with %s", (_what, other, change) => {
    expect(() => openLedger(change(sealLedger(ledger, key).text), other)).toThrow(UNREADABLE);
  });

  it("of version 1 is read: releases of before can be brought back", () => {
    const entries = ledger.entries.map(({ runtime: _runtime, snapshot: contents, ...rest }) => ({
      ...rest,
      contents,
    }));
    const { text } = sealLedger({ ...ledger, version: 1, entries } as unknown as Ledger, key);
    expect(openLedger(text, key)).toEqual(ledger);
  });

  it("of a later version is refused, not misread", () => {
    const { text } = sealLedger({ ...ledger, version: 3 as 2 }, key);
    expect(() => openLedger(text, key)).toThrow(
      "has version 3, which this Longshore does not know",
    );
  });
});

describe("what the last release printed", () => {
  it.each([undefined, "", "\n"])("is an empty ledger if it was %j", (printed) => {
    expect(previousLedger(printed, key)).toEqual({ version: 2, entries: [], bad: [] });
  });

  it("is an empty ledger if it was a report without one", () => {
    expect(previousLedger('{"release":3,"services":{}}', key).entries).toEqual([]);
  });

  it("tells the last release's number, with or without a ledger", () => {
    expect([undefined, "", '{"release":3}'].map(previousRelease)).toEqual([0, 0, 3]);
  });

  it("is never taken for empty if it cannot be read", () => {
    expect(() => previousLedger("garbage", key)).toThrow(UNREADABLE);
    expect(() => previousLedger('{"release":3,"ledger":"AAAA"}', key)).toThrow(UNREADABLE);
  });
});

describe("a stack's exported state", () => {
  const urn = (name: string) =>
    `urn:pulumi:local::shop::longshore:fleet:Fleet$longshore:fleet:Release$command:local:Command::${name}`;
  const secret = (value: string) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const resource = (name: string, stdout: unknown) => ({
    urn: urn(name),
    type: "command:local:Command",
    outputs: { stdout },
  });
  const printed = JSON.stringify({ release: 2, ledger: sealLedger(ledger, key).text });

  it("has the ledger in the release's output and the key beside it", () => {
    const resources = [
      resource("shop-release-key", secret(key)),
      resource("shop-release-run", secret(printed)),
    ];
    expect(readLedger({ resources })).toEqual(ledger);
  });

  it("has what the last release was told, secrets in plaintext", () => {
    const told = { stack: "shop/local", hosts: [] };
    const run = { ...resource("shop-release-run", secret(printed)) };
    const resources = [{ ...run, inputs: { stdin: secret(JSON.stringify(told)) } }];
    expect(readRequest({ resources })).toEqual(told);
    expect(readRequest({})).toBeUndefined();
  });

  it("has the runtime in the release's name, also where the ledger cannot be read", () => {
    const resources = [resource("shop-release-run", secret("garbage"))];
    expect(runtimeOf({ resources })).toBe("fleet");
    expect(runtimeOf({})).toBeUndefined();
  });

  it("has none before the first release", () => {
    expect(readLedger({ resources: [resource("shop-release-key", secret(key))] })).toBeUndefined();
    expect(readLedger({})).toBeUndefined();
  });

  it("is refused if it has several fleets", () => {
    const resources = [
      resource("shop-release-run", secret(printed)),
      resource("blog-release-run", secret(printed)),
    ];
    expect(() => readLedger({ resources })).toThrow("The stack has several fleets");
  });
});
