/** The library's own programs: what starts them, and where they do not run. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { OLDEST_NODE, PROGRAMS, cannotRun, nodeProgram } from "../../components/node-program.ts";
import { manifest, root } from "./repo/project.ts";

describe("a program of the library", () => {
  it.each(Object.entries(PROGRAMS))("%s is there, and in the package by its name", (name, file) => {
    expect(existsSync(join(root, "components", `${file}.ts`))).toBe(true);
    expect(manifest.exports[`./programs/${name}`]).toBe(`./dist/${file}.js`);
  });

  it("is started from a clone by its path, which names no folder of this computer", () => {
    expect(nodeProgram("release").create).toBe('import "./components/fleet/release/main.ts";');
    const folder = mkdtempSync(join(tmpdir(), "longshore-unit-program-"));
    const elsewhere = vi.spyOn(process, "cwd").mockReturnValue(folder);
    try {
      expect(nodeProgram("release").create).toMatch(/^import "(\.\.\/)+.*\/main\.ts";$/);
    } finally {
      elsewhere.mockRestore();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("where they run", () => {
  it.each([
    ["linux", "22.18.0"],
    ["darwin", "24.0.1"],
    ["linux", "23.1.0"],
  ] as const)("%s with Node.js %s", (platform, version) => {
    expect(cannotRun(platform, version)).toBeUndefined();
  });

  it.each([
    ["win32", "24.0.0", "Run this in WSL2."],
    ["linux", "22.17.9", "needs Node.js 22.18 or newer, and this is 22.17.9"],
    ["linux", "20.19.0", "needs Node.js 22.18 or newer, and this is 20.19.0"],
  ] as const)("not %s with Node.js %s", (platform, version, why) => {
    expect(cannotRun(platform, version)).toContain(why);
  });

  it("is what package.json says", () => {
    expect(manifest.engines.node).toBe(`>=${OLDEST_NODE.major}.${OLDEST_NODE.minor}`);
  });
});
