/** Prints lines for whoever started this program: safe to show, without secrets, and none too long. */
import { masker } from "./mask.ts";
import { cut, plain } from "./text.ts";

/**
 * A function that prints each line of a text on standard error.
 * @param secrets values that must not be printed.
 */
export function printer(secrets: Iterable<string> = []): (text: string) => void {
  const mask = masker(secrets);
  return (text) => {
    // What is cut comes last: half a secret is one, too.
    const lines = mask(plain(text))
      .split("\n")
      .map((line) => cut(line));
    process.stderr.write(`${lines.join("\n")}\n`);
  };
}
