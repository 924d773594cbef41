/** `longshore up` and `longshore preview`. */
import type { CommonOptions, Terminal, UpdateFlags } from "../context.ts";
import { openRuntime } from "../open-runtime.ts";
import { newest } from "./releases.ts";
import { type OpenStack, openStack } from "../stack.ts";
import { showPreview, update } from "../update/update.ts";

/** Releases what the program says. */
export async function up(options: UpdateFlags, terminal: Terminal): Promise<void> {
  const open = await openStack(options, "update");
  const gone = await removedByHand(open);
  for (const name of gone) terminal.note(`${name} was removed by hand: it is created again`);
  const question = `Release this to \`${open.name}\`?`;
  await update(open, { ...options, refresh: gone.length > 0, question }, terminal);
  await tellRelease(open, options, terminal);
}

/** Nothing where nothing was released yet; hosts that do not answer are the update's to report. */
async function removedByHand(open: OpenStack): Promise<string[]> {
  try {
    return await (await openRuntime(open)).missing();
  } catch {
    return [];
  }
}

/** Shows what `up` would change, and changes nothing. */
export async function preview(options: CommonOptions, terminal: Terminal): Promise<void> {
  const changes = await showPreview(await openStack(options, "update"), options, terminal);
  if (options.json) terminal.out(JSON.stringify({ changes }));
}

/** What serves after an update. */
export async function tellRelease(
  open: OpenStack,
  options: CommonOptions,
  terminal: Terminal,
): Promise<void> {
  const last = newest(await open.ledger());
  if (options.json) terminal.out(JSON.stringify(last));
  else terminal.out(`release ${last.release} serves: ${versions(last.services)}`);
}

function versions(services: Record<string, string>): string {
  return Object.entries(services)
    .map(([name, tag]) => `${name} ${tag}`)
    .join(", ");
}
