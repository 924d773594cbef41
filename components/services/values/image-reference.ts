/** Image references: `repository[:tag]@sha256:…`, the only kind that names the same bytes for ever. */

import { code } from "../rules/rule.ts";

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REGISTRY = "(?:[a-zA-Z0-9.-]+|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?";
const REFERENCE = new RegExp(
  `^(?<repository>(?:${REGISTRY}/)?${COMPONENT}(?:/${COMPONENT})*)` +
    "(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$",
);

/** What keeps an image from being run: the rule it breaks, what is wrong, and how to fix it. */
export interface ImageFault {
  rule: "image-syntax" | "image-latest" | "image-digest" | "image-tag";
  message: string;
  fix: string;
}

/** What is wrong with a reference, if anything is. */
export function findRefFault(ref: string): ImageFault | undefined {
  const parts = REFERENCE.exec(ref)?.groups;
  if (parts === undefined) {
    return {
      rule: "image-syntax",
      message: `${code(ref)} is not a valid image reference.`,
      fix: "Give `repository@sha256:…`: a repository in lower case and a digest of 64 hexadecimal digits.",
    };
  }
  if (parts.tag === "latest") return latest(code(ref));
  if (parts.digest === undefined) {
    return {
      rule: "image-digest",
      message: `\`${ref}\` has no digest, so what runs could change without a release.`,
      fix:
        `Give \`new RegistryImage(NAME, { image: "${ref}" })\` of \`longshore/images\`, which resolves it once, or ` +
        `\`${ref}@sha256:…\`: \`docker buildx imagetools inspect ${ref}\` prints the digest.`,
    };
  }
  return undefined;
}

/** What is wrong with a tag, if anything is. */
export function findTagFault(tag: string): ImageFault | undefined {
  if (tag === "latest") return latest("It");
  if (/^\w[\w.-]{0,127}$/.test(tag)) return undefined;
  return {
    rule: "image-tag",
    message: `${code(tag)} is not a valid tag.`,
    fix: "Give up to 128 letters, digits, `_`, `.` and `-`, e.g. a commit.",
  };
}

function latest(what: string): ImageFault {
  return {
    rule: "image-latest",
    message: `${what} is tagged \`latest\`, which does not say what runs.`,
    fix: "Tag the image with its commit or build number.",
  };
}

/**
 * Tells whether a reference names an image for ever. For runtimes to check, inside `apply`, a
 * reference that was an output.
 * @returns what is wrong and how to fix it; `undefined` if nothing is.
 * @example checkImageRef("redis:7") // "`redis:7` has no digest, so …"
 */
export function checkImageRef(ref: string): string | undefined {
  const fault = findRefFault(ref);
  return fault && `${fault.message} ${fault.fix}`;
}

/**
 * The tag that people read: the reference's own, or the first 12 digits of its digest.
 * @example tagOf("redis:7.2@sha256:…") // "7.2"
 */
export function tagOf(ref: string): string {
  const parts = REFERENCE.exec(ref)?.groups;
  return parts?.tag ?? parts?.digest?.slice("sha256:".length).slice(0, 12) ?? ref;
}

/** `registry:5000/path` of `registry:5000/path:tag@sha256:…` */
export function repositoryOf(ref: string): string {
  return ref.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}
