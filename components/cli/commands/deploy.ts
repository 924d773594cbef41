/** `longshore deploy`: a version of the stack's ledger again, with the configuration of now. */
import type { Terminal, UpdateFlags } from "../context.ts";
import { findRelease } from "./releases.ts";
import { openStack } from "../stack.ts";
import { tellRelease } from "./up.ts";
import { update } from "../update/update.ts";
import { imagesOf } from "../../releases/contents.ts";

export async function deploy(
  stack: string,
  version: string,
  options: UpdateFlags,
  terminal: Terminal,
): Promise<void> {
  const open = await openStack({ ...options, stack }, "update");
  const { release, snapshot } = findRelease(await open.ledger(), version);
  const source = `release ${release} of ${stack}`;
  const images = imagesOf(snapshot);
  terminal.note(`The images of ${source}, with the program's configuration:`);
  for (const [name, { ref, tag }] of Object.entries(images)) {
    terminal.note(`  ${name} ${tag} (${ref})`);
  }
  await update(
    open,
    { ...options, question: `Deploy them?`, instruction: { kind: "images", source, images } },
    terminal,
  );
  await tellRelease(open, options, terminal);
}
