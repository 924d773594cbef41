/**
 * What the command line tells the program that it starts, beside its settings: there are secrets in it.
 * The file is sealed and its key is in the environment, so that a command which is killed leaves nothing
 * that can be read: the key ends with the processes that have it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newKey, seal, unseal } from "../sealed.ts";

/**
 * Writes `instruction` into a folder.
 * @returns the variables by which `readInstructionFile` finds it.
 */
export function writeInstruction(folder: string, instruction: unknown): Record<string, string> {
  const key = newKey();
  const file = join(folder, "instruction");
  writeFileSync(file, seal(JSON.stringify(instruction), key), { mode: 0o600 });
  return { LONGSHORE_INSTRUCTION: file, LONGSHORE_INSTRUCTION_KEY: key };
}

/** What was told; undefined for an update that follows the program alone. */
export function readInstructionFile(env: NodeJS.ProcessEnv): unknown {
  const { LONGSHORE_INSTRUCTION: file = "", LONGSHORE_INSTRUCTION_KEY: key = "" } = env;
  if (file === "") return undefined;
  let sealed: string;
  try {
    sealed = readFileSync(file, "utf8");
    return JSON.parse(unseal(sealed, key)) as unknown;
  } catch {
    // Without the cause: it might quote what it read.
    throw new Error(
      `\`LONGSHORE_INSTRUCTION\` names ${file}, which cannot be read with \`LONGSHORE_INSTRUCTION_KEY\`: both are set by ` +
        "`longshore rollback` and its kind, for as long as these run. Unset them.",
    );
  }
}
