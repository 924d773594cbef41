/** Images: built, tested, tagged by their commit, pushed, and named by their digest. */
export { registryProblem } from "./registry-check.ts";
export { TestedImage, type TestedImageArgs, type RegistryAuthArgs } from "./tested-image.ts";
