/**
 * Images of an update that builds nothing: a rollback or a promotion says which ones are run
 * (see ../releases/instruction.ts).
 */
import { readInstruction } from "../releases/instruction.ts";
import type { StoredImage } from "../releases/types.ts";
import { repositoryOf } from "../services/values/image-reference.ts";

/** What a build is called that the update does not run: the name explains itself in an error. */
const ABSENT = "not-part-of-this-release";

/** The images that this update runs instead of building; undefined if it builds. */
export function readGivenImages(env: NodeJS.ProcessEnv = process.env): StoredImage[] | undefined {
  const instruction = readInstruction(env);
  return instruction && Object.values(instruction.images);
}

/** The one of `images` that takes the place of a build for `repository`. */
export function givenImage(images: StoredImage[], repository: string): StoredImage {
  const own = images.find(({ ref }) => repositoryOf(ref) === repository);
  return own ?? { ref: `${repository}:${ABSENT}`, tag: ABSENT };
}
