// Finds what is on the machine: in the toolchain's own folders, and installed in some other way.
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Decision, type Facts, decide, mustAsk } from "./decide.ts";
import type { Piece } from "./pieces.ts";
import { type Places, searchPath } from "./places.ts";
import { type Prober, isExecutable } from "./probe.ts";
import { fingerprint, matches, readStamp } from "./stamp.ts";

export interface Found {
  piece: Piece;
  /** The program, where it is or would be. */
  program: string;
  decision: Decision;
}

/** The piece in the folder that the toolchain installs it to. */
export async function inspect(
  piece: Piece,
  places: Places,
  prober: Prober,
  pulumi?: string,
): Promise<Found> {
  const folder = piece.folder(places);
  const program = join(folder, piece.file);
  const facts: Facts = {
    executable: isExecutable(program),
    partial: existsSync(`${folder}.partial`),
    stamp: readStamp(folder, piece.file),
    fingerprint: fingerprint(piece, places),
  };
  if (facts.stamp !== undefined && facts.executable) {
    facts.stampMatches = matches(facts.stamp, program);
  }
  if (mustAsk(facts)) facts.version = await prober.version(piece, program, pulumi);
  return { piece, program, decision: decide(piece, facts) };
}

/** A Pulumi CLI from elsewhere that will do: its Node.js language host sits beside it. */
export async function findCli(
  pieces: readonly Piece[],
  places: Places,
  prober: Prober,
): Promise<Found[] | undefined> {
  const [cli, language] = pieces;
  if (cli === undefined || language === undefined) return undefined;
  for (const folder of [join(places.pulumiHome, "bin"), ...searchPath(places.env)]) {
    const program = join(folder, cli.file);
    if (!isExecutable(program)) continue;
    const host = [folder, dirname(realpathSync(program))]
      .map((beside) => join(beside, language.file))
      .find(isExecutable);
    const version = await prober.version(cli, program);
    if (host === undefined || version === undefined || !cli.fits(version)) continue;
    const decision = { use: true, origin: "installed", version } as const;
    return [
      { piece: cli, program, decision },
      { piece: language, program: host, decision },
    ];
  }
  return undefined;
}

/** A tool on PATH, or where Docker keeps its plugins. */
export async function findTool(
  piece: Piece,
  places: Places,
  prober: Prober,
): Promise<Found | undefined> {
  const home = places.env.HOME || homedir();
  const plugins = [
    join(home, ".docker", "cli-plugins"),
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
  ];
  for (const folder of [...searchPath(places.env), ...plugins]) {
    const program = join(folder, piece.file);
    if (!isExecutable(program)) continue;
    const version = await prober.version(piece, program);
    if (version === undefined || !piece.fits(version)) continue;
    return { piece, program, decision: { use: true, origin: "installed", version } };
  }
  return undefined;
}
