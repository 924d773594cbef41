/** Images in registries, by `docker buildx imagetools`: digests, what they run on, and copies by digest. */
import { execa } from "execa";

/** `LONGSHORE_BUILDX` (a buildx program), else the docker command's own. */
function buildx(): [string, string[]] {
  const own = process.env.LONGSHORE_BUILDX;
  return own ? [own, ["imagetools"]] : ["docker", ["buildx", "imagetools"]];
}

async function imagetools(what: string, args: string[]): Promise<string> {
  const [program, first] = buildx();
  const result = await execa(program, [...first, ...args], { reject: false, stdin: "ignore" });
  if (!result.failed) return result.stdout;
  const why = result.stderr || result.shortMessage || "it could not be run";
  throw new Error(
    `${what} failed: ${why.trim()}. Check that both registries answer and that ` +
      "`docker login` was done for them; the copy needs docker's buildx.",
  );
}

/** The digest that a tag leads to now: of the index, where there are several platforms. */
export async function digestOf(ref: string): Promise<string> {
  const args = ["inspect", "--format", "{{.Manifest.Digest}}", ref];
  return (await imagetools(`Looking at ${ref}`, args)).trim();
}

/** What an image runs on, e.g. `["linux/amd64"]`. */
export async function platformsOf(ref: string): Promise<string[]> {
  const args = ["inspect", "--format", "{{json .Image}}", ref];
  return readPlatforms(JSON.parse(await imagetools(`Looking at ${ref}`, args)));
}

/** Platforms in buildx's description: one configuration, or one by platform. */
export function readPlatforms(image: unknown): string[] {
  const one = image as { os?: string; architecture?: string };
  if (one.os !== undefined && one.architecture !== undefined) {
    return [`${one.os}/${one.architecture}`];
  }
  return Object.keys(image as object).sort();
}

/** Copies an image to another repository under `tag`; its digest stays. */
export async function copyImage(ref: string, repository: string, tag: string): Promise<void> {
  // A copy as it is: another manifest around it would have another digest.
  const target = ["--prefer-index=false", "--tag", `${repository}:${tag}`];
  await imagetools(`Copying ${ref} to ${repository}`, ["create", ...target, ref]);
}
