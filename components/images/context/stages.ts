/** The stages of a Dockerfile that an image is built from: pure. */

/** Names of the stages that run and that test. */
export interface Stages {
  /** Undefined: the Dockerfile's last stage. */
  release: string | undefined;
  /** Undefined: there are no tests. */
  test: string | undefined;
}

/** The stages that `args` name. */
export function stagesOf(args: {
  stages?: { release?: string; test?: string };
  tests?: "none";
}): Stages {
  const { stages = {}, tests } = args;
  return tests === "none"
    ? { release: stages.release, test: undefined }
    : { release: stages.release ?? "release", test: stages.test ?? "test" };
}

/** Names of a Dockerfile's stages, in its order; as Docker compares them, in lower case. */
export function stageNames(dockerfile: string): string[] {
  const from = /^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+[ \t]+AS[ \t]+(\S+)[ \t]*\r?$/gim;
  return [...dockerfile.matchAll(from)].map(([, name = ""]) => name.toLowerCase());
}

/** What keeps a Dockerfile from being built by these stages, and what to do; undefined if nothing does. */
export function missingStage(path: string, dockerfile: string, wanted: Stages): string | undefined {
  const found = stageNames(dockerfile);
  const missing = [wanted.release, wanted.test].filter(
    (name) => name !== undefined && !found.includes(name.toLowerCase()),
  );
  if (missing.length === 0) return undefined;
  const has =
    found.length === 0 ? "none with a name" : found.map((name) => `\`${name}\``).join(", ");
  const names = missing.map((name) => `\`${name}\``).join(" and no stage ");
  return (
    `\`${path}\` has no stage ${names}; it has ${has}. Name its stages with ` +
    '`stages: { release, test }`; an image without tests is built with `tests: "none"`.'
  );
}
