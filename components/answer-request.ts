/** What the library's own processes have in common that are told one thing and answer it. */
import { text } from "node:stream/consumers";
import { type Log, messageOf } from "./output/log.ts";
import { printer } from "./output/printer.ts";

/**
 * Reads a request as JSON from standard input, prints what `answer` makes of it on standard output and lines of progress on
 * standard error. Where it throws, that is the last line there, and the exit code is 1.
 */
export async function answerRequest<Request>(
  answer: (request: Request, log: Log) => Promise<string>,
): Promise<void> {
  const log = printer();
  try {
    const request = JSON.parse(await text(process.stdin)) as Request;
    process.stdout.write(await answer(request, log));
  } catch (error) {
    log(messageOf(error));
    process.exitCode = 1;
  }
}

/** Whether the process was started to remove what it has made, see `removal` in node-program.ts. */
export const isRemoval = process.argv.includes("--remove");
