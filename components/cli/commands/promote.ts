/**
 * `longshore promote`: exactly the images that one stack runs, by digest, to another stack, which keeps
 * its own configuration and secrets.
 */
import { readLedger } from "../../releases/exported-state.ts";
import type { StoredImage } from "../../releases/types.ts";
import { repositoryOf } from "../../services/values/image-reference.ts";
import type { Terminal, UpdateFlags } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { copyImage, platformsOf } from "../../images/registry/imagetools.ts";
import { findRelease } from "./releases.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";
import { tellRelease } from "./up.ts";
import { update } from "../update/update.ts";
import { imagesOf } from "../../releases/contents.ts";

type Images = Record<string, StoredImage>;

export interface PromoteOptions extends UpdateFlags {
  /** The release of `from`. @default the one that serves */
  release?: string;
}

export async function promote(
  from: string,
  to: string,
  options: PromoteOptions,
  terminal: Terminal,
): Promise<void> {
  if (from === to) throw new CliError(`\`${from}\` cannot be promoted to itself.`, EXIT.usage);
  const source = await openStack({ ...options, configFile: undefined, stack: from });
  const ledger = await source.ledger();
  const entry = options.release === undefined ? undefined : findRelease(ledger, options.release);
  const { release, snapshot } = entry ?? ledger.entries.at(-1)!;
  const images = imagesOf(snapshot);

  const target = await openStack({ ...options, stack: to }, "update");
  const state = await target.deployment();
  const last = readLedger(state)?.entries.at(-1);
  const plan = planCopies(images, last === undefined ? {} : imagesOf(last.snapshot));
  for (const { service, tag, ref } of plan) terminal.note(`  ${service} ${tag} (${ref})`);
  if (last !== undefined) {
    await refuseOtherPlatforms(images, await (await openRuntime(target)).platforms());
  }
  for (const { copyFrom, repository, tag, service } of plan) {
    if (copyFrom === undefined) continue;
    terminal.note(`copying ${service} to ${repository}`);
    await copyImage(copyFrom, repository, tag);
  }
  await update(
    target,
    {
      ...options,
      question: `Promote release ${release} of \`${from}\` to \`${to}\`?`,
      instruction: {
        kind: "images",
        source: `release ${release} of ${from}`,
        images: Object.fromEntries(plan.map(({ service, ref, tag }) => [service, { ref, tag }])),
      },
    },
    terminal,
  );
  await tellRelease(target, options, terminal);
}

/** One image on its way from stack to stack. */
export interface Copy {
  service: string;
  tag: string;
  /** The image as the target stack runs it. */
  ref: string;
  repository: string;
  /** Set if it must be copied there first. */
  copyFrom?: string;
}

/**
 * Which image the target runs for each service: in the repository that it pulls the service from now,
 * by the same digest. Where it has none yet, the source's.
 */
export function planCopies(from: Images, to: Images): Copy[] {
  return Object.entries(from).map(([service, { ref, tag }]) => {
    const own = repositoryOf(ref);
    const repository = to[service] === undefined ? own : repositoryOf(to[service].ref);
    const digest = ref.slice(ref.indexOf("@") + 1);
    return {
      service,
      tag,
      repository,
      ref: `${repository}@${digest}`,
      ...(repository === own ? {} : { copyFrom: ref }),
    };
  });
}

async function refuseOtherPlatforms(
  images: Images,
  wanted: { host: string; platform: string }[],
): Promise<void> {
  const found = await Promise.all(
    Object.entries(images).map(async ([service, { ref, tag }]) => ({
      service,
      tag,
      platforms: await platformsOf(ref),
    })),
  );
  const problems = platformProblems(found, wanted);
  if (problems.length > 0) throw new CliError(problems.join("\n"), EXIT.refused);
}

/** Images that a host cannot run. */
export function platformProblems(
  images: { service: string; tag: string; platforms: string[] }[],
  hosts: { host: string; platform: string }[],
): string[] {
  return hosts.flatMap(({ host, platform }) =>
    images
      // A variant, as in linux/arm64/v8, is still that architecture.
      .filter(({ platforms }) => !platforms.some((one) => `${one}/`.startsWith(`${platform}/`)))
      .map(
        ({ service, tag, platforms }) =>
          `service \`${service}\` ${tag} is built for ${platforms.join(", ")}, but host \`${host}\` is ` +
          `${platform}. Build it for that too: \`platforms: ["${platform}"]\` of its TestedImage.`,
      ),
  );
}
