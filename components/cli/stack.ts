/** A stack, by Pulumi's Automation API: its state, its ledger, and what its last release was told. */
import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import { LocalWorkspace, Stack, StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import { type Deployment, readLedger, readRequest } from "../releases/exported-state.ts";
import type { Ledger } from "../releases/types.ts";
import type { CommonOptions } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";

export interface OpenStack {
  name: string;
  stack: Stack;
  /** Value of `--config-file`, if there is one. */
  configFile: string | undefined;
  /** The state, secrets in plaintext; asked for once, until `forget`. */
  deployment(): Promise<Deployment>;
  /** The state has changed. */
  forget(): void;
  /** @throws CliError if nothing was ever released. */
  ledger(): Promise<Ledger>;
  /** What the last release was told, in its runtime's words. @throws CliError without one. */
  request(): Promise<unknown>;
}

/**
 * Opens the stack that the options name, or the one that is selected in the project.
 * @throws CliError if there is no project or no such stack.
 */
export async function openStack(options: CommonOptions): Promise<OpenStack> {
  const workspace = await LocalWorkspace.create({ workDir: projectFolder(process.cwd()) });
  const name = options.stack ?? (await selected(workspace));
  const read = () => workspace.exportStack(name).then(({ deployment }) => deployment as Deployment);
  // Asked for while the stack is selected: nearly every command needs it, and each is a Pulumi's start.
  let exported: Promise<Deployment> | undefined = read();
  exported.catch(() => {}); // told to whoever asks
  const stack = await Stack.select(name, workspace).catch((error: unknown) => {
    if (!(error instanceof StackNotFoundError)) throw error;
    throw new CliError(
      `There is no stack \`${name}\`. Make it with \`pulumi stack init ${name}\`, or name another ` +
        "with `--stack` (`pulumi stack ls` lists them).",
      EXIT.usage,
    );
  });
  const deployment = () => (exported ??= read());
  const released = async <T>(read: (state: Deployment) => T | undefined): Promise<T> => {
    const found = read(await deployment());
    if (found !== undefined) return found;
    throw new CliError(
      `Nothing was ever released to \`${name}\`. Run \`longshore up --stack ${name}\` first.`,
    );
  };
  return {
    name,
    stack,
    configFile: options.configFile,
    deployment,
    forget: () => (exported = undefined),
    ledger: () => released(readLedger),
    request: () => released(readRequest),
  };
}

/** The folder with Pulumi.yaml, at or above `from`. */
export function projectFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) {
      throw new CliError(
        `There is no Pulumi.yaml in ${from} or above it. Run longshore in a project's folder.`,
        EXIT.usage,
      );
    }
  }
}

async function selected(workspace: LocalWorkspace): Promise<string> {
  const stack = await workspace.stack();
  if (stack !== undefined) return stack.name;
  throw new CliError("No stack is selected. Name one with `--stack NAME`.", EXIT.usage);
}
