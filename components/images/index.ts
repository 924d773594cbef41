/** Images: built, tested, tagged by their commit, pushed, and named by their digest. */
export { registryProblem } from "./registry-check.ts";
export { RegistryImage, type RegistryImageArgs } from "./registry-image.ts";
export { TestedImage } from "./tested-image.ts";
export type * from "./acceptance/args.ts";
export type * from "./args.ts";
