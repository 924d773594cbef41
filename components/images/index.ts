/** Images: built, tested, tagged by their commit, pushed, and named by their digest. */
export { registryProblem } from "./registry/registry-check.ts";
export { RegistryImage, type RegistryImageArgs } from "./registry/registry-image.ts";
export { TestedImage } from "./tested-image.ts";
export type * from "./acceptance/args.ts";
export type * from "./args.ts";
