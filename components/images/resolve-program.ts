// The program that `RegistryImage` runs when an image is new or to be updated: repository and tag on standard
// input, the reference by digest on standard output.
import { text } from "node:stream/consumers";
import { printer } from "../output/printer.ts";
import { type ResolveEnvironment, resolveOnce } from "./registry/resolve.ts";

try {
  const image = (await text(process.stdin)).trim();
  const env = process.env as Partial<ResolveEnvironment>;
  process.stdout.write(await resolveOnce(image, env));
} catch (error) {
  printer()(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
