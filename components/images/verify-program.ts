// The program that `TestedImage` runs between its builds and its push. Its failure stops the update
// with nothing pushed.
import { printer } from "../output/printer.ts";
import { verify, type VerifyEnvironment } from "./build/verify.ts";

try {
  console.log(verify(process.env as unknown as VerifyEnvironment));
} catch (error) {
  printer()(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
