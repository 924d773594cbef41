// The Pulumi CLI, its Node.js language host and its plugins, and the tools beside them: what is
// installed and fits is used; what is not is downloaded, or else built from Go modules.
import { delimiter, dirname } from "node:path";
import type { Origin } from "./decide.ts";
import { type Found, findCli, findTool, inspect } from "./inspect.ts";
import type { Installer } from "./install.ts";
import { PIECES, PLUGINS, type Piece, type PluginName, TOOLS, type ToolName } from "./pieces.ts";
import { type Places, makeFolder, placesOf } from "./places.ts";
import { Prober, QUIET } from "./probe.ts";
import { type Progress, toStderr } from "./progress.ts";

export { ToolchainError } from "./errors.ts";
export type { Origin } from "./decide.ts";
export type { PluginName, ToolName } from "./pieces.ts";

export interface ToolchainPiece {
  name: string;
  version: string;
  origin: Origin;
  /** The program. */
  path: string;
}

export interface Toolchain {
  pulumiHome: string;
  /** The Pulumi CLI. */
  pulumi: string;
  /** What Pulumi needs in its environment, with its folder first on PATH. */
  env: Record<string, string>;
  pieces: ToolchainPiece[];
}

export interface ToolchainOptions {
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
  /** @default lines on stderr */
  progress?: Progress;
  /** False: what is missing is built, even where it could be downloaded. @default true */
  download?: boolean;
  /** Plugins that are needed beside those that every stack needs. @default none */
  plugins?: PluginName[];
}

/** What is there of a piece; `reason` says why it will not do. */
export type PieceStatus = ToolchainPiece | { name: string; version: string; reason: string };

/** Makes sure that the toolchain is there: within 0.3 s if it is. */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const places = placesOf(options.env);
  const prober = new Prober(places);
  const pieces = [...PIECES, ...(options.plugins ?? []).map((name) => PLUGINS[name])];
  let found = await inspectAll(pieces, places, prober);
  if (found.some(isMissing)) {
    makeFolder(places.pulumiHome, "PULUMI_HOME");
    await locked(places.pulumiHome, places, prober, options, async (install) => {
      // Another process may have been at it meanwhile.
      found = await inspectAll(pieces, places, prober);
      for (const [i, before] of found.entries()) {
        if (!isMissing(before)) continue;
        // A piece may have come with the one before it, and with a CLI there is one to ask it with.
        const pulumi = found[0]?.program;
        const now = await inspect(before.piece, places, prober, pulumi);
        found[i] = isMissing(now) ? await install(now, pulumi) : now;
      }
    });
  }
  const pulumi = found[0]?.program ?? "pulumi";
  return {
    ...{ pulumiHome: places.pulumiHome, pulumi, env: environment(places, pulumi) },
    pieces: found.map(statusOf) as ToolchainPiece[],
  };
}

/** The state of every piece and of the tools, changing nothing. */
export async function toolchainStatus(
  options: ToolchainOptions = {},
): Promise<{ pieces: PieceStatus[]; tools: PieceStatus[] }> {
  const places = placesOf(options.env);
  const prober = new Prober(places);
  const pieces = (await inspectAll(PIECES, places, prober)).map(statusOf);
  const tools: PieceStatus[] = [];
  for (const piece of Object.values(TOOLS)) {
    tools.push(statusOf(await inspectTool(piece, places, prober)));
  }
  return { pieces, tools };
}

/** The path of a tool that is not Pulumi's: from the machine if it fits, else from the cache. */
export async function ensureTool(name: ToolName, options: ToolchainOptions = {}): Promise<string> {
  return (await ensureToolPiece(name, options)).path;
}

export async function ensureToolPiece(
  name: ToolName,
  options: ToolchainOptions = {},
): Promise<ToolchainPiece> {
  const places = placesOf(options.env);
  const prober = new Prober(places);
  let found = await inspectTool(TOOLS[name], places, prober);
  if (isMissing(found)) {
    makeFolder(places.cache, "LONGSHORE_CACHE");
    await locked(places.cache, places, prober, options, async (install) => {
      found = await inspectTool(TOOLS[name], places, prober);
      if (isMissing(found)) found = await install(found);
    });
  }
  return statusOf(found) as ToolchainPiece;
}

async function inspectAll(
  pieces: readonly Piece[],
  places: Places,
  prober: Prober,
): Promise<Found[]> {
  const [cli, language, ...plugins] = pieces;
  if (cli === undefined || language === undefined) return [];
  let found = [await inspect(cli, places, prober), await inspect(language, places, prober)];
  if (found.some(isMissing)) found = (await findCli(PIECES, places, prober)) ?? found;
  const [first] = found;
  const pulumi = first?.decision.use === true ? first.program : undefined;
  for (const plugin of plugins) {
    // Without a CLI there is nothing to ask a plugin of unknown origin with: it comes after.
    found.push(await inspect(plugin, places, prober, pulumi));
  }
  return found;
}

async function inspectTool(piece: Piece, places: Places, prober: Prober): Promise<Found> {
  const found = await inspect(piece, places, prober);
  return found.decision.use ? found : ((await findTool(piece, places, prober)) ?? found);
}

function isMissing({ decision }: Found): boolean {
  return !decision.use;
}

function statusOf({ piece, program, decision }: Found): PieceStatus {
  const { name } = piece;
  if (!decision.use) return { name, version: piece.version, reason: decision.reason };
  return { name, version: decision.version, origin: decision.origin, path: program };
}

type Install = (found: Found, pulumi?: string) => Promise<Found>;

async function locked(
  root: string,
  places: Places,
  prober: Prober,
  options: ToolchainOptions,
  work: (install: Install) => Promise<void>,
): Promise<void> {
  // Loaded only where there is something to install: most runs find everything in place.
  const { Downloads } = await import("./download.ts");
  const { install, sweep } = await import("./install.ts");
  const { withLock } = await import("./lock.ts");
  const progress = options.progress ?? toStderr;
  const mirror = places.env.LONGSHORE_TOOLCHAIN_MIRROR;
  const downloads = options.download === false ? undefined : new Downloads({ mirror });
  try {
    await withLock(root, progress, async () => {
      sweep(root);
      const installer: Installer = { places, prober, progress, downloads };
      try {
        await work((found, pulumi) => install(installer, found, root, pulumi));
      } finally {
        sweep(root);
      }
    });
  } finally {
    await downloads?.close();
  }
}

function environment(places: Places, pulumi: string): Record<string, string> {
  return {
    ...QUIET,
    PULUMI_HOME: places.pulumiHome,
    PATH: [dirname(pulumi), places.env.PATH].filter(Boolean).join(delimiter),
  };
}
