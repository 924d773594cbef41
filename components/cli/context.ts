/** What every command works with: its stack, where its output goes, and how much it may ask. */
import { createInterface } from "node:readline/promises";
import { plain } from "../output/text.ts";
import { EXIT, CliError } from "./exit.ts";

/** Options that all commands share. */
export interface CommonOptions {
  stack?: string;
  configFile?: string;
  json?: boolean;
  yes?: boolean;
  wait?: number;
}

/** Options of commands that change what a stack runs. */
export interface UpdateFlags extends CommonOptions {
  /** Lets images through that a rollback has left. */
  allowBad?: boolean;
  /** Releases although hosts have seen later releases than the state. */
  takeOver?: boolean;
  /** Gives forwarders the definition's image and settings, with a moment of downtime. */
  renewForwarder?: boolean;
  /** Watches new versions after the switch. @default true */
  watch?: boolean;
}

/**
 * Where a command writes and asks; tests put their own in its place. Much of what is written comes from
 * containers: nothing of it is for the terminal to carry out.
 */
export interface Terminal {
  /** Results: what a pipe reads. */
  out(text: string): void;
  /** Bytes of others, for whoever asked for them as they are. */
  raw(text: string): void;
  /** Progress and questions. */
  note(text: string): void;
  /** Whether somebody can answer. */
  interactive: boolean;
}

export const TERMINAL: Terminal = {
  out: (text) => process.stdout.write(`${plain(text)}\n`),
  raw: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${plain(text)}\n`),
  interactive: process.stdin.isTTY && process.stderr.isTTY,
};

/**
 * Asks before something is changed.
 * @throws CliError if the answer is no, or nobody is there to give one.
 */
export async function confirm(question: string, terminal: Terminal): Promise<void> {
  if (!terminal.interactive) {
    throw new CliError(
      `${question} Nobody can answer here (no terminal): give \`--yes\` to go on without asking.`,
      EXIT.usage,
    );
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError("Nothing was changed.", EXIT.failed);
  } finally {
    lines.close();
  }
}
