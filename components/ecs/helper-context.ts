/** Where the helper image's Dockerfile is: the build context for a `TestedImage`. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder, relative to the program's, so that it is the same on every machine. */
export const helperContext = relative(
  process.cwd(),
  fileURLToPath(new URL("helper-image/", import.meta.url)),
);
