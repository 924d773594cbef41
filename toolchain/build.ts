// Builds a piece from its Go module, whose exact versions go.sum pins.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import semver from "semver";
import { ToolchainError } from "./errors.ts";
import type { Piece } from "./pieces.ts";
import { type Places, searchPath } from "./places.ts";
import { isExecutable } from "./probe.ts";

export async function build(piece: Piece, places: Places, target: string): Promise<void> {
  const folder = join(places.modules, piece.go.module);
  const go = await findGo(piece, places);
  const version = piece.go.version === undefined ? "" : ` -X ${piece.go.version}`;
  const args = [
    "build",
    "-trimpath",
    "-ldflags",
    `-s -w${version}`,
    "-o",
    target,
    piece.go.package,
  ];
  const result = await execa(go, args, {
    cwd: folder,
    env: { ...places.env, CGO_ENABLED: "0", GOWORK: "off" },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
    cleanup: true,
  });
  if (!result.failed) return;
  const output = result.all.trimEnd().split("\n").slice(-20).join("\n  ");
  throw new ToolchainError(
    `Building ${piece.name} failed: go ${args.join(" ")} (in ${folder})\n  ${output}\nIf modules could not be fetched, set GOPROXY to a module proxy that this machine reaches. ${byHand(piece)}`,
  );
}

async function findGo(piece: Piece, places: Places): Promise<string> {
  const wanted = wantedGo(readFileSync(join(places.modules, piece.go.module, "go.mod"), "utf8"));
  const home = places.env.HOME || homedir();
  const folders = [...searchPath(places.env), "/usr/local/go/bin", join(home, "go", "bin")];
  let seen = "no Go was found on PATH or in /usr/local/go/bin";
  for (const folder of folders) {
    const go = join(folder, "go");
    if (!isExecutable(go)) continue;
    const result = await execa(go, ["env", "GOVERSION", "GOTOOLCHAIN"], {
      cwd: homedir(),
      env: places.env,
      extendEnv: false,
      reject: false,
    });
    const [version = "", fetches = ""] = result.failed ? [] : result.stdout.split("\n");
    if (goFits(version, fetches, wanted)) return go;
    seen = `${go} is ${version || "not working"}`;
  }
  throw new ToolchainError(
    `${piece.name} ${piece.version} is not installed, could not be downloaded, and cannot be built: that needs Go ${wanted} or newer, and ${seen}. Get Go from https://go.dev/dl/ (or \`brew install go\`), or where that cannot be reached as the module golang.org/toolchain: any Go from 1.21 on fetches it if GOTOOLCHAIN is "auto". ${byHand(piece)}`,
  );
}

export function wantedGo(goMod: string): string {
  return semver.coerce(/^go (\S+)/m.exec(goMod)?.[1])?.version ?? "1.21.0";
}

/** Go from 1.21 on replaces itself by the version that go.mod wants, unless that is switched off. */
export function goFits(goVersion: string, goToolchain: string, wanted: string): boolean {
  const version = semver.coerce(goVersion.replace(/^go/, ""));
  if (version === null) return false;
  if (semver.gte(version, wanted)) return true;
  return semver.gte(version, "1.21.0") && /\bauto$/.test(goToolchain);
}

function byHand(piece: Piece): string {
  if (piece.setting === "LONGSHORE_CACHE") {
    return `Or install ${piece.name} ${piece.version} yourself, so that \`${piece.file}\` is on PATH.`;
  }
  if (piece.ask === "schema") {
    return `Or install the official plugin: \`pulumi plugin install resource ${piece.name} ${piece.version}\`.`;
  }
  return "Or install Pulumi yourself: https://www.pulumi.com/docs/install/.";
}
