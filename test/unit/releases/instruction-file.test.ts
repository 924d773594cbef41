/** What the command line hands to its program: whoever kills it finds nothing to read. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  readInstructionFile,
  writeInstruction,
} from "../../../components/releases/instruction-file.ts";

const folder = mkdtempSync(join(tmpdir(), "longshore-unit-entry-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an entry", () => {
  const entry = { kind: "rollback", secret: "canary-of-a-rollback" };

  it("comes back to who has its variables", () => {
    expect(readInstructionFile(writeInstruction(folder, entry))).toEqual(entry);
    expect(readInstructionFile({})).toBeUndefined();
    expect(readInstructionFile({ LONGSHORE_INSTRUCTION: "" })).toBeUndefined();
  });

  it("is nowhere in plaintext: not on disk, not in the environment", () => {
    const variables = writeInstruction(folder, entry);
    const seen = [
      ...readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1")),
      ...Object.values(variables),
    ];
    const canary = entry.secret;
    for (const form of [canary, Buffer.from(canary).toString("base64").slice(0, 16)]) {
      for (const text of seen) expect(text).not.toContain(form);
    }
    expect(statSync(variables.LONGSHORE_INSTRUCTION ?? "").mode & 0o777).toBe(0o600);
  });

  it("that cannot be read names its variables, and quotes nothing", () => {
    const variables = writeInstruction(folder, entry);
    const other = { ...variables, LONGSHORE_INSTRUCTION_KEY: "A".repeat(43) };
    expect(() => readInstructionFile(other)).toThrow(
      /`LONGSHORE_INSTRUCTION` names .* cannot be read/,
    );
    expect(() => readInstructionFile({ LONGSHORE_INSTRUCTION: "/none" })).toThrow("Unset them.");
  });
});
