/** Tags of a registry, resolved to digests. */
import { repositoryOf } from "../../services/values/image-reference.ts";
import { digestOf } from "./imagetools.ts";

/** What the program `resolve` is given in its environment. */
export interface ResolveEnvironment {
  /** The image and what it was resolved to for a preview, with a blank between; empty if it was not. */
  LONGSHORE_RESOLVED: string;
}

/** `repository@sha256:…` of `repository:tag`, as the registry has it now. */
export async function resolve(image: string): Promise<string> {
  return `${repositoryOf(image)}@${await digestOf(image)}`;
}

/** The same, unless it was resolved for a preview already: what was shown there is what is run. */
export async function resolveOnce(
  image: string,
  env: Partial<ResolveEnvironment>,
): Promise<string> {
  const [of, known] = (env.LONGSHORE_RESOLVED ?? "").split(" ");
  return of === image && known ? known : resolve(image);
}
