/**
 * The images of a stack on one host: those that a rollback may need are kept, others go. Each release
 * tags its images there as `longshore/STACK/SERVICE:RELEASE`, so that stacks which share an engine, and
 * perhaps an image, know what the other still needs. The tags are the engine's own, never pushed.
 */
import type { HostImage, ReleaseHost } from "../../engine/host.ts";
import { type Log, messageOf } from "../../output/log.ts";

/** What is to be done with a host's images. */
export interface ImagePlan {
  tag: { ref: string; repository: string; tag: string }[];
  remove: string[];
}

const OURS = "longshore/";

/**
 * Plans what to tag and what to remove: pure.
 * @param release the one that serves now.
 * @param keep numbers of the releases that can be brought back.
 */
export function planImages(
  found: HostImage[],
  stack: string,
  services: { name: string; image: string }[],
  release: number,
  keep: number[],
): ImagePlan {
  const prefix = `${OURS}${stack.toLowerCase().replace(/[^a-z0-9/._-]/g, "-")}/`;
  const kept = new Set([release, ...keep].map(String));
  const isOld = (tag: string) => tag.startsWith(prefix) && !kept.has(tag.split(":").at(-1) ?? "");
  const served = new Set(services.map(({ image }) => image));
  const remove = found.flatMap(({ tags, digests }) => {
    const old = tags.filter(isOld);
    const wanted = digests.some((digest) => served.has(digest));
    const needed = wanted || tags.some((tag) => tag.startsWith(OURS) && !isOld(tag));
    return old.length > 0 && !needed ? [...old, ...digests] : old;
  });
  const here = new Set(found.flatMap(({ digests }) => digests));
  const tag = services
    .filter(({ image }) => here.has(image))
    .map(({ name, image }) => ({ ref: image, repository: prefix + name, tag: String(release) }));
  return { tag, remove };
}

/** Carries the plan out. What fails here costs disk and nothing else, so it is only said. */
export async function keepImages(
  host: ReleaseHost,
  stack: string,
  services: { name: string; image: string }[],
  release: number,
  keep: number[],
  log: Log,
): Promise<void> {
  try {
    const plan = planImages(await host.images.list(), stack, services, release, keep);
    for (const { ref, repository, tag } of plan.tag) await host.images.tag(ref, repository, tag);
    for (const ref of plan.remove) await host.images.remove(ref);
    const gone = plan.remove.filter((ref) => ref.includes("@")).length;
    if (gone > 0) log(`${host.name}: ${gone} images that no release needs any more are removed`);
  } catch (error) {
    log(`${host.name}: old images were not removed: ${messageOf(error)}`);
  }
}
