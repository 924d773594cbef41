// The check between the builds of an image and its push: the tested image must be the release plus
// its tests.
import { findForeignParts } from "./descent.ts";
import {
  describeMissing,
  type LayoutImage,
  NotInLayout,
  pruneLayout,
  readLayoutImage,
  rebuild,
} from "./layout.ts";

/** What the program is given in its environment. */
export interface VerifyEnvironment {
  LONGSHORE_IMAGE: string;
  LONGSHORE_DOCKERFILE: string;
  /** The names of the stages that run and test, with a comma between; nothing after it: no tests. */
  LONGSHORE_STAGES: string;
  LONGSHORE_TEST_LAYOUT: string;
  LONGSHORE_TEST_DIGEST: string;
  LONGSHORE_RELEASE_LAYOUT: string;
  LONGSHORE_RELEASE_DIGEST: string;
}

/** What was found, for the log; throws if the release is not what was tested. */
export function verify(env: VerifyEnvironment): string {
  const name = env.LONGSHORE_IMAGE;
  const release = read(name, "release", env.LONGSHORE_RELEASE_LAYOUT, env.LONGSHORE_RELEASE_DIGEST);
  const [from = "", test = ""] = env.LONGSHORE_STAGES.split(",");
  if (test !== "") verifyTested(env, release, from, test);
  pruneLayout(env.LONGSHORE_RELEASE_LAYOUT, [...release.documents, ...release.blobs]);
  const platforms = release.configs.map((image) => `${image.platform} ${image.digest}`).join(", ");
  return `${name}: ${test === "" ? "not tested" : "tested as it is released"} (${platforms})`;
}

function verifyTested(
  env: VerifyEnvironment,
  release: LayoutImage,
  from: string,
  test: string,
): void {
  const name = env.LONGSHORE_IMAGE;
  const tested = read(name, "test", env.LONGSHORE_TEST_LAYOUT, env.LONGSHORE_TEST_DIGEST);
  const faults = findForeignParts(release.configs, tested.configs);
  if (faults.length > 0) {
    throw new Error(
      `The image of \`${name}\` that was tested is not the one that would be released; nothing was pushed.\n` +
        faults.map((fault) => `  ${fault}\n`).join("") +
        `In \`${env.LONGSHORE_DOCKERFILE}\`, the stage \`${test}\` must start with \`FROM ${from}\`. If it does, its layers were built anew in between: ${rebuild(name)}`,
    );
  }
  pruneLayout(env.LONGSHORE_TEST_LAYOUT, tested.documents); // nobody runs it
}

function read(name: string, target: string, layout: string, digest: string): LayoutImage {
  try {
    return readLayoutImage(layout, digest);
  } catch (error) {
    if (!(error instanceof NotInLayout)) throw error;
    throw new Error(describeMissing(name, target), { cause: error });
  }
}
