// Which Go will do, what is said where none does, and what makes a built piece out of date.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { build, goFits, wantedGo } from "../../../toolchain/build.ts";
import type { Piece } from "../../../toolchain/pieces.ts";
import { PIECES } from "../../../toolchain/pieces.ts";
import { type Places, placesOf } from "../../../toolchain/places.ts";
import { fingerprint } from "../../../toolchain/stamp.ts";

const piece: Piece = PIECES.find(({ name }) => name === "command") ?? PIECES[0]!;
let folder: string;
let places: Places;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "longshore-build-"));
  mkdirSync(join(folder, "command", "local"), { recursive: true });
  write("go.mod", "module x\n\ngo 99.1\n");
  write("local/command.go", "package local\n");
  // A Go that keeps counters does so after it has ended: in a folder that is gone by then.
  mkdirSync(join(folder, ".config/go/telemetry"), { recursive: true });
  writeFileSync(join(folder, ".config/go/telemetry/mode"), "off 2024-01-01\n");
  places = { ...placesOf({ HOME: folder, PATH: "/nowhere" }), modules: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFileSync(join(folder, "command", file), text);

describe("the Go that go.mod wants", () => {
  it.each([
    ["go 1.25.11", "1.25.11"],
    ["go 1.26", "1.26.0"],
    ["", "1.21.0"],
  ])("%s", (line, version) => {
    expect(wantedGo(`module x\n\n${line}\n`)).toBe(version);
  });
});

describe("a Go on the machine", () => {
  it.each([
    ["newer", "go1.26.8", "local", true],
    ["the same", "go1.25.11", "local", true],
    ["older", "go1.25.10", "local", false],
    ["older, but fetches the wanted one", "go1.24.1", "auto", true],
    ["older, and fetches from its own path only", "go1.24.1", "path", false],
    ["too old to fetch another", "go1.20.14", "auto", false],
    ["a development version", "devel go1.26-abc", "local", true],
    ["broken", "", "", false],
  ])("%s", (_, version, toolchain, fits) => {
    expect(goFits(version, toolchain, "1.25.11")).toBe(fits);
  });

  it("that will not do is named, with the ways to get on", async () => {
    const failed = build(piece, places, join(folder, "target"));
    await expect(failed).rejects.toThrow(
      "command 1.2.1 is not installed, could not be downloaded, and cannot be built: that needs Go 99.1.0 or newer",
    );
    await expect(failed).rejects.toThrow("https://go.dev/dl/");
    await expect(failed).rejects.toThrow("`pulumi plugin install resource command 1.2.1`");
  });
});

describe("the fingerprint of a Go module", () => {
  it.each([
    ["a source in a subfolder", "local/command.go", "package other\n"],
    ["go.mod", "go.mod", "module y\n"],
    ["go.sum, new", "go.sum", "x v1 h1:=\n"],
    ["an embedded file", "schema.json", "{}"],
  ])("changes with %s", (_, file, text) => {
    const before = fingerprint(piece, places);
    write(file, text);
    expect(fingerprint(piece, places)).not.toBe(before);
  });

  it("changes with the build flags", () => {
    const other = { ...piece, go: { ...piece.go, version: "main.version=9" } };
    expect(fingerprint(other, places)).not.toBe(fingerprint(piece, places));
  });

  it.each(["local/command_test.go", "README.md"])("does not with %s", (file) => {
    const before = fingerprint(piece, places);
    write(file, "package local_test\n");
    expect(fingerprint(piece, places)).toBe(before);
  });
});
