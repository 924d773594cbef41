/** One update of a stack: wait for its lock, show what would change, ask, do it, say how it ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { writeInstruction } from "../../releases/instruction-file.ts";
import type { PinnedImage } from "../../releases/exported-state.ts";
import type { Instruction } from "../../releases/instruction.ts";
import { type CommonOptions, type Terminal, type UpdateFlags, confirm } from "../context.ts";
import { Watcher, plain } from "./events.ts";
import { CliError, EXIT } from "../exit.ts";
import { describeHolder, readLocks, takeOverDead } from "./locks.ts";
import type { OpenStack } from "../stack.ts";

export interface UpdateOptions extends UpdateFlags {
  /** Tags that were resolved anew. */
  updatedImages?: PinnedImage[];
  /** What to run in the place of what the program says. */
  instruction?: Instruction;
  /** Looks at everything first, since something was changed behind Pulumi's back. */
  refresh?: boolean;
  /** The release that must still serve when it is done, since what is done was chosen by it. */
  after?: number;
  /** What is asked before anything is changed. */
  question: string;
}

/** Builds of images are left as they are when an update is told its images. */
const BUILDS = "**longshore:images:TestedImage$**";

/**
 * Updates the stack.
 * @throws CliError with the exit code that tells how it failed.
 */
export async function update(
  open: OpenStack,
  options: UpdateOptions,
  terminal: Terminal,
): Promise<void> {
  await withInstruction(open, options, async (stack, shared) => {
    if (!options.yes) {
      if (!terminal.interactive) await confirm(options.question, terminal); // says what to do
      await preview(stack, shared, terminal);
      await confirm(options.question, terminal);
    }
    const until = Date.now() + (options.wait ?? 0) * 1000;
    const waited = await awaitLock(open, until, terminal);
    if (waited || !options.yes) await expectSame(open, options.after);
    await run(open, stack, shared, terminal);
  });
}

/** Shows what an update would change, as Pulumi does. */
export async function showPreview(
  open: OpenStack,
  options: CommonOptions & { instruction?: Instruction },
  terminal: Terminal,
): Promise<Record<string, number>> {
  return withInstruction(open, options, (stack, shared) => preview(stack, shared, terminal));
}

/** What the Automation API is told, whatever it does. */
interface Shared {
  refresh?: boolean;
  configFile: string | undefined;
  exclude?: string[];
  signal: AbortSignal;
}

/** Whether this command was told to stop while it worked. */
let interrupted = false;

async function preview(
  stack: Stack,
  shared: Shared,
  terminal: Terminal,
): Promise<Record<string, number>> {
  const watcher = new Watcher(() => {});
  try {
    const { changeSummary } = await stack.preview({
      ...shared,
      color: "never",
      suppressProgress: true,
      onOutput: (text) => terminal.note(text.trimEnd()),
      onEvent: (event) => watcher.see(event),
    });
    return changeSummary;
  } catch (error) {
    throw failure(error, watcher, EXIT.failed);
  }
}

async function run(
  open: OpenStack,
  stack: Stack,
  shared: Shared,
  terminal: Terminal,
): Promise<void> {
  const watcher = new Watcher((line) => terminal.note(line));
  try {
    await stack.up({
      ...shared,
      color: "never",
      suppressOutputs: true,
      suppressProgress: true,
      showSecrets: false,
      onEvent: (event) => watcher.see(event),
    });
  } catch (error) {
    throw failure(error, watcher, watcher.failure);
  } finally {
    // Where nothing was to be done, what is known of the state still holds.
    if (watcher.changes) open.forget();
  }
}

/** What failed, in the words of what failed, not in all that was printed. */
function failure(error: unknown, watcher: Watcher, code: number): CliError {
  if (interrupted) {
    return new CliError("Interrupted. The next update goes on from there.", EXIT.interrupted);
  }
  const text = error instanceof Error ? plain(error.message) : String(error);
  if (error instanceof Error && error.name === "ConcurrentUpdateError") {
    const holder = /created by .*$/m.exec(text)?.[0];
    return new CliError(
      `Another update of the stack is in progress${holder === undefined ? "" : ` (lock ${holder})`}. ` +
        "Wait for it with `--wait SECONDS`.",
      EXIT.refused,
    );
  }
  return new CliError(watcher.errors.length === 0 ? text : watcher.errors.join("\n"), code);
}

/** @throws CliError if another release came while this one waited for its lock or for an answer. */
async function expectSame(open: OpenStack, after: number | undefined): Promise<void> {
  if (after === undefined) return;
  open.forget();
  const now = (await open.ledger()).entries.at(-1)?.release;
  if (now === after) return;
  throw new CliError(
    `Release ${now} came while this command waited, and it was chosen by release ${after}. ` +
      "Nothing was touched. Look at `longshore releases`, and run it again.",
    EXIT.refused,
  );
}

/** Waits until nobody else works on the stack, for as long as it may. Tells whether it had to. */
async function awaitLock(open: OpenStack, until: number, terminal: Terminal): Promise<boolean> {
  const { workspace } = await open.automation();
  const url = process.env.PULUMI_BACKEND_URL ?? (await workspace.whoAmI()).url ?? "";
  const project = (await workspace.projectSettings()).name;
  let told = "";
  for (;;) {
    const found = readLocks(url, project, open.name);
    const [holder] = takeOverDead(found, (line) => terminal.note(line));
    if (holder === undefined) return told !== "";
    const who = describeHolder(holder);
    if (Date.now() >= until) {
      throw new CliError(
        `Another update of \`${open.name}\` is in progress: ${who}. Nothing was touched. ` +
          "Wait for it with `--wait SECONDS`; if it surely no longer runs, `pulumi cancel` frees the lock.",
        EXIT.refused,
      );
    }
    if (holder.file !== told) terminal.note(`waiting for another update of the stack: ${who}`);
    told = holder.file;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Runs `work` with the instruction handed over; its sealed file is gone afterwards. */
async function withInstruction<T>(
  open: OpenStack,
  options: Partial<UpdateOptions>,
  work: (stack: Stack, shared: Shared) => Promise<T>,
): Promise<T> {
  const stack = await open.automation();
  const abort = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = true;
    // A terminal sends Ctrl-C to Pulumi as well, and a second one would end it before its time.
    if (signal !== "SIGINT" || !process.stdin.isTTY) abort.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const folder = mkdtempSync(join(tmpdir(), "longshore-")); // mode 0700
  const env = { ...stack.workspace.envVars };
  try {
    const extra: Record<string, string> = {};
    if (options.allowBad) extra.LONGSHORE_ALLOW_BAD = "1";
    if (options.takeOver) extra.LONGSHORE_TAKE_OVER = "1";
    if (options.renewForwarder) extra.LONGSHORE_RENEW_FORWARDER = "1";
    if (options.watch === false) extra.LONGSHORE_NO_WATCH = "1";
    if (options.updatedImages !== undefined) {
      extra.LONGSHORE_UPDATED_IMAGES = JSON.stringify(options.updatedImages);
    }
    if (options.wait) extra.LONGSHORE_WAIT = String(options.wait);
    if (options.instruction !== undefined) {
      Object.assign(extra, writeInstruction(folder, options.instruction));
    }
    stack.workspace.envVars = { ...env, ...extra };
    return await work(stack, {
      configFile: open.configFile,
      signal: abort.signal,
      ...(options.refresh ? { refresh: true } : {}),
      ...(options.instruction === undefined ? {} : { exclude: [BUILDS] }),
    });
  } finally {
    stack.workspace.envVars = env;
    rmSync(folder, { recursive: true, force: true });
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}
