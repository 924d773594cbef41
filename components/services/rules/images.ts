/** Rules on images: what runs is named by digest, and for people by a tag. */
import { findRefFault, findTagFault, type ImageFault } from "../values/image-reference.ts";
import { pathOf, type Problem, type Rule, type System } from "./rule.ts";

const image = (id: ImageFault["rule"], about: string): Rule => ({
  id,
  about,
  *check(system) {
    for (const { rule, ...problem } of faults(system)) if (rule === id) yield problem;
  },
});

function* faults(system: System): Iterable<Problem & { rule: ImageFault["rule"] }> {
  for (const { name, args } of [...system.services, ...system.proxies]) {
    const given: unknown = args.image;
    if (typeof given === "string") yield* located(findRefFault(given), name, "image");
    if (typeof given !== "object" || given === null || "__pulumiOutput" in given) continue;
    const { ref, tag } = given as { ref: unknown; tag: unknown };
    if (typeof ref === "string") yield* located(findRefFault(ref), name, "image", "ref");
    if (typeof tag === "string") yield* located(findTagFault(tag), name, "image", "tag");
  }
}

function* located(fault: ImageFault | undefined, name: string, ...keys: string[]) {
  if (fault === undefined) return;
  const message = `Image of service \`${name}\`: ${fault.message}`;
  yield { ...fault, path: pathOf(name, ...keys), message };
}

export const IMAGE_RULES: Rule[] = [
  image("image-syntax", "An image is a well-formed reference."),
  image("image-latest", "No image is tagged `latest`."),
  image("image-digest", "An image is named by digest."),
  image("image-tag", "A tag is one that registries take."),
];
