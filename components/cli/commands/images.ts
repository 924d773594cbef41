/** `longshore images`: the tags that a stack has resolved to digests, and those resolved anew. */
import { type PinnedImage, readPinnedImages } from "../../releases/exported-state.ts";
import { resolve } from "../../images/registry/resolve.ts";
import type { Terminal, UpdateFlags } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { openStack } from "../stack.ts";
import { table } from "../table.ts";
import { update } from "../update/update.ts";
import { tellRelease } from "./up.ts";

export async function images(
  action: "list" | "update",
  names: string[],
  options: UpdateFlags,
  terminal: Terminal,
): Promise<void> {
  const open = await openStack(options, action === "list" ? undefined : action);
  const found = readPinnedImages(await open.deployment());
  if (action === "list") {
    terminal.out(options.json ? JSON.stringify({ images: found }) : imagesText(found));
    return;
  }
  const chosen = choose(found, names);
  // Once, so that what is shown in the preview is what is run.
  const now = await Promise.all(
    chosen.map(async (one) => ({ ...one, ref: await resolve(one.image) })),
  );
  const changed = now.filter(({ ref }, index) => ref !== chosen[index]?.ref);
  for (const { image, ref } of changed) terminal.note(`${image} is ${ref} now`);
  if (changed.length === 0) {
    const what = chosen.map(({ image }) => image).join(", ");
    if (options.json) terminal.out(JSON.stringify({ images: [] }));
    else terminal.out(`${what}: nothing new in the registry.`);
    return;
  }
  const question = `Release ${changed.map(({ image }) => image).join(", ")} to \`${open.name}\`?`;
  await update(open, { ...options, updatedImages: changed, question }, terminal);
  await tellRelease(open, options, terminal);
}

/** The images as people read them. */
export function imagesText(found: PinnedImage[]): string {
  if (found.length === 0) return "This stack resolves no tag: it has no RegistryImage.";
  const rows = found.map(({ name, image, ref }) => [name, image, ref]);
  return table(["NAME", "IMAGE", "RUNS"], rows);
}

/** Those that are named, or all. @throws CliError naming what there is. */
export function choose(found: PinnedImage[], names: string[]): PinnedImage[] {
  const unknown = names.filter((name) => !found.some((image) => image.name === name));
  if (unknown.length > 0 || found.length === 0) {
    const known = found.map(({ name }) => name).join(", ") || "none";
    const what = unknown.map((name) => `\`${name}\``).join(", ");
    throw new CliError(
      `${unknown.length === 0 ? "This stack has no RegistryImage" : `There is no RegistryImage ${what}`}. ` +
        `There are: ${known} (see \`longshore images list\`).`,
      EXIT.usage,
    );
  }
  return names.length === 0 ? found : found.filter(({ name }) => names.includes(name));
}
