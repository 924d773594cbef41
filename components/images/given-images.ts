/**
 * Images of an update that builds nothing: a rollback or a promotion says which ones are run
 * (see ../fleet/ledger/instruction.ts).
 */
import { readEntry } from "../entry.ts";
import { repositoryOf } from "../services/image-reference.ts";

/** An image by digest, and the tag that people read. */
export interface GivenImage {
  ref: string;
  tag: string;
}

/** What a build is called that the update does not run: the name explains itself in an error. */
const ABSENT = "not-part-of-this-release";

/** The images that this update runs instead of building; undefined if it builds. */
export function readGivenImages(env: NodeJS.ProcessEnv = process.env): GivenImage[] | undefined {
  const entry = readEntry(env) as { images: Record<string, GivenImage> } | undefined;
  return entry && Object.values(entry.images);
}

/** The one of `images` that takes the place of a build for `repository`. */
export function givenImage(images: GivenImage[], repository: string): GivenImage {
  const own = images.find(({ ref }) => repositoryOf(ref) === repository);
  return own ?? { ref: `${repository}:${ABSENT}`, tag: ABSENT };
}
