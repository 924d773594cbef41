/**
 * A stack: its state, its ledger, what its last release was told, and Pulumi's Automation API for who updates it.
 * Each start of Pulumi takes a third of a second, and so does loading that API: both only where they are needed.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { type Deployment, readLedger, readRequest } from "../releases/exported-state.ts";
import type { ExportedStack } from "../releases/stack-hosts.ts";
import type { Ledger } from "../releases/types.ts";
import type { CommonOptions } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";

export interface OpenStack {
  name: string;
  /** Value of `--config-file`, if there is one. */
  configFile: string | undefined;
  /** For updates and previews. */
  automation(): Promise<Stack>;
  /** The state, secrets in plaintext; asked for once, until `forget`. */
  deployment(): Promise<Deployment>;
  /** The state as it is kept, secrets encrypted. */
  exported(): Promise<ExportedStack>;
  /** Puts another state in its place. @throws CliError with what Pulumi says. */
  import(state: ExportedStack): Promise<void>;
  /** The state has changed. */
  forget(): void;
  /** @throws CliError if nothing was ever released. */
  ledger(): Promise<Ledger>;
  /** What the last release was told, in its runtime's words. @throws CliError without one. */
  request(): Promise<unknown>;
}

/**
 * Opens the stack that the options name, or the one that is selected in the project.
 * @param purpose `update`: it will be updated or previewed, so that what this takes is loaded meanwhile.
 * @throws CliError if there is no project or no such stack.
 */
export async function openStack(options: CommonOptions, purpose?: "update"): Promise<OpenStack> {
  const folder = projectFolder(process.cwd());
  const name = options.stack ?? (await selected(folder));
  const read = async () => {
    const shown = await exportState<{ deployment: Deployment }>(folder, name, ["--show-secrets"]);
    return shown.deployment;
  };
  let exported: Promise<Deployment> | undefined = read();
  let opened: Promise<Stack> | undefined;
  const automation = () => (opened ??= openAutomation(folder, name));
  // What it throws is told to whoever asks for it.
  if (purpose === "update") automation().catch(() => {});
  await exported;
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
    configFile: options.configFile,
    automation,
    deployment,
    exported: () => exportState(folder, name),
    import: async (state) => {
      await importState(folder, name, state);
      exported = undefined;
    },
    forget: () => (exported = undefined),
    ledger: () => released(readLedger),
    request: () => released(readRequest),
  };
}

/** @throws CliError if there is no such stack, or with what Pulumi says. */
async function exportState<Exported = ExportedStack>(
  folder: string,
  name: string,
  options: string[] = [],
): Promise<Exported> {
  const { exitCode, stdout, stderr, message } = await pulumi(folder, [
    ...["stack", "export", ...options, "--stack", name],
  ]);
  if (exitCode === 0) return JSON.parse(stdout) as Exported;
  if (/no stack named .* found/.test(stderr)) {
    throw new CliError(
      `There is no stack \`${name}\`. Make it with \`pulumi stack init ${name}\`, or name another ` +
        "with `--stack` (`pulumi stack ls` lists them).",
      EXIT.usage,
    );
  }
  throw new CliError(stderr.trim() || (message ?? "`pulumi stack export` failed"));
}

async function importState(folder: string, name: string, state: ExportedStack): Promise<void> {
  const args = ["stack", "import", "--stack", name, "--non-interactive"];
  const input = JSON.stringify(state);
  const { exitCode, stderr } = await execa("pulumi", args, { cwd: folder, reject: false, input });
  if (exitCode !== 0) throw new CliError(stderr.trim() || "`pulumi stack import` failed");
}

/** Of a stack that is known to exist. */
async function openAutomation(folder: string, name: string): Promise<Stack> {
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/cmd.js");
  const command = PulumiCommand.get(); // asks Pulumi for its version, while the rest is loaded
  const { LocalWorkspace, Stack } = await import("@pulumi/pulumi/automation/index.js");
  const workspace = await LocalWorkspace.create({
    workDir: folder,
    pulumiCommand: await command,
  });
  // Each command names its stack, and the one that the user has selected stays so.
  workspace.selectStack = () => Promise.resolve();
  const stack = await Stack.select(name, workspace);
  // An update would end with three more starts of Pulumi, for what nobody asks here.
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

function pulumi(folder: string, args: string[]) {
  const all = [...args, "--non-interactive"];
  return execa("pulumi", all, { cwd: folder, reject: false, stdin: "ignore" });
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

async function selected(folder: string): Promise<string> {
  const { exitCode, stdout } = await pulumi(folder, ["stack", "--show-name"]);
  if (exitCode === 0 && stdout.trim() !== "") return stdout.trim();
  throw new CliError("No stack is selected. Name one with `--stack NAME`.", EXIT.usage);
}
