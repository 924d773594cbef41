// Asks programs for their versions, and remembers the answers for as long as the files stay the same.
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Piece } from "./pieces.ts";
import type { Places } from "./places.ts";

const Answers = z.record(
  z.string(),
  z.object({ size: z.number(), mtimeMs: z.number(), version: z.string() }),
);

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The environment in which Pulumi neither looks for updates nor downloads plugins by itself. */
export const QUIET = {
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
};

export class Prober {
  readonly #file: string;
  readonly #places: Places;
  #answers: z.infer<typeof Answers> | undefined;

  constructor(places: Places) {
    this.#places = places;
    this.#file = join(places.cache, "toolchain", "versions.json");
  }

  /** The version that the program says; plugins are asked through the CLI. */
  async version(piece: Piece, program: string, pulumi?: string): Promise<string | undefined> {
    const { size, mtimeMs } = statSync(program);
    const known = this.#load()[program];
    if (known?.size === size && known.mtimeMs === mtimeMs) return known.version;
    const version = await this.ask(piece, program, pulumi);
    if (version !== undefined) this.#save(program, { size, mtimeMs, version });
    return version;
  }

  async ask(piece: Piece, program: string, pulumi?: string): Promise<string | undefined> {
    const { execa } = await import("execa");
    const [command, args] =
      piece.ask === "schema"
        ? [pulumi ?? "pulumi", ["package", "get-schema", program]]
        : [program, piece.ask];
    const answer = await execa(command, args, {
      env: { ...this.#places.env, ...QUIET, PULUMI_HOME: this.#places.pulumiHome },
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      timeout: 30_000,
      cleanup: true,
    });
    if (piece.name === "language-nodejs") {
      return /^Usage of /m.test(answer.stderr) ? piece.version : undefined;
    }
    if (answer.failed) return undefined;
    if (piece.ask === "schema") return schemaVersion(answer.stdout);
    return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(answer.stdout)?.[1];
  }

  #load() {
    if (this.#answers === undefined) {
      try {
        this.#answers = Answers.parse(JSON.parse(readFileSync(this.#file, "utf8")));
      } catch {
        this.#answers = {};
      }
    }
    return this.#answers;
  }

  #save(program: string, answer: z.infer<typeof Answers>[string]) {
    this.#load()[program] = answer;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileSync(this.#file, JSON.stringify(this.#answers, null, 1));
    } catch {
      // A cache that cannot be written only costs time.
    }
  }
}

function schemaVersion(output: string): string | undefined {
  try {
    return z.object({ version: z.string() }).parse(JSON.parse(output)).version;
  } catch {
    return undefined;
  }
}
