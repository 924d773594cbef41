/** What the command line hands to its program: whoever kills it finds nothing to read. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readEntry, writeEntry } from "../../../components/entry.ts";

const folder = mkdtempSync(join(tmpdir(), "longshore-unit-entry-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an entry", () => {
  const entry = { kind: "rollback", secret: "canary-of-a-rollback" };

  it("comes back to who has its variables", () => {
    expect(readEntry(writeEntry(folder, entry))).toEqual(entry);
    expect(readEntry({})).toBeUndefined();
    expect(readEntry({ LONGSHORE_ENTRY: "" })).toBeUndefined();
  });

  it("is nowhere in clear: not on disk, not in the environment", () => {
    const variables = writeEntry(folder, entry);
    const seen = [
      ...readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1")),
      ...Object.values(variables),
    ];
    const canary = entry.secret;
    for (const form of [canary, Buffer.from(canary).toString("base64").slice(0, 16)]) {
      for (const text of seen) expect(text).not.toContain(form);
    }
    expect(statSync(variables.LONGSHORE_ENTRY ?? "").mode & 0o777).toBe(0o600);
  });

  it("that cannot be read names its variables, and quotes nothing", () => {
    const variables = writeEntry(folder, entry);
    const other = { ...variables, LONGSHORE_ENTRY_KEY: "A".repeat(43) };
    expect(() => readEntry(other)).toThrow(/`LONGSHORE_ENTRY` names .* cannot be read/);
    expect(() => readEntry({ LONGSHORE_ENTRY: "/none" })).toThrow("Unset them.");
  });
});
