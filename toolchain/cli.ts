// `npm run toolchain`: installs what Longshore's Pulumi programs run on, or says what is there.
import { homedir } from "node:os";
import { Command } from "commander";
import { messageOf, ToolchainError } from "./errors.ts";
import {
  ensureToolPiece,
  ensureToolchain,
  type PieceStatus,
  type PluginName,
  toolchainStatus,
  type ToolName,
} from "./index.ts";
import { PLUGINS, TOOLS } from "./pieces.ts";

interface Flags {
  json?: boolean;
  download?: boolean;
  tool?: string[];
  plugin?: string[];
}

const program = new Command("toolchain")
  .description(
    "The Pulumi CLI, its Node.js language host and the plugins command, docker and docker-build.\n" +
      "What is installed and fits is used; else it is downloaded and checked, or built from Go modules.",
  )
  .addHelpText(
    "after",
    `
Environment:
  PULUMI_HOME                 where Pulumi and its plugins go (default ~/.pulumi)
  LONGSHORE_CACHE             where other tools go (default ~/.cache/longshore)
  LONGSHORE_TOOLCHAIN_MIRROR  a server that has every host's files under /HOST/PATH`,
  );

program
  .command("install", { isDefault: true })
  .description("install what is missing, and say how each piece came")
  .option("--json", "print the result as JSON")
  .option("--no-download", "build what is missing, even where it could be downloaded")
  .option("--tool <name...>", `install these too: ${Object.keys(TOOLS).join(", ")}`)
  .option("--plugin <name...>", `install these, too: ${Object.keys(PLUGINS).join(", ")}`)
  .action(async (flags: Flags) => {
    const tools = known<ToolName>("tool", TOOLS, flags.tool);
    const plugins = known<PluginName>("plugin", PLUGINS, flags.plugin);
    const { pulumiHome, pieces } = await ensureToolchain({ download: flags.download, plugins });
    const all: PieceStatus[] = [...pieces];
    for (const name of tools) all.push(await ensureToolPiece(name, { download: flags.download }));
    console.log(flags.json ? JSON.stringify({ pulumiHome, pieces: all }, null, 2) : table(all));
  });

program
  .command("status")
  .description("say what is there, and change nothing; exit code 1 if a piece is missing")
  .option("--json", "print the result as JSON")
  .action(async (flags: Flags) => {
    const status = await toolchainStatus();
    const all = [...status.pieces, ...status.tools];
    console.log(flags.json ? JSON.stringify(status, null, 2) : table(all));
    if (status.pieces.some((piece) => "reason" in piece)) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  const known = error instanceof ToolchainError;
  console.error(known ? `toolchain: ${messageOf(error)}` : error);
  process.exitCode = 1;
}

function known<Name extends string>(
  what: string,
  all: Record<Name, unknown>,
  names: string[] = [],
): Name[] {
  return names.map((name) => {
    if (Object.hasOwn(all, name)) return name as Name;
    throw new ToolchainError(
      `There is no ${what} called "${name}". --${what} takes: ${Object.keys(all).join(", ")}.`,
    );
  });
}

function table(pieces: PieceStatus[]): string {
  const rows = pieces.map((piece) =>
    "reason" in piece
      ? [piece.name, piece.version, "missing", piece.reason]
      : [piece.name, piece.version, piece.origin, piece.path.replace(homedir(), "~")],
  );
  const all = [["piece", "version", "came as", "where"], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
