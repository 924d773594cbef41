/** Images: built, tested, tagged by their commit, pushed, and named by their digest. */
export { TestedImage, type TestedImageArgs, type RegistryAuthArgs } from "./tested-image.ts";
