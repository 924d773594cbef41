/**
 * The networks of simulated machines as a process: the request as JSON on standard input, what came of it on standard output. With `--remove`
 * it is removed. Started by `SimulatedSite`.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { makeSite, removeSite } from "./site.ts";
import type { SiteRequest } from "./types.ts";

const log = printer();
try {
  const request = JSON.parse(await text(process.stdin)) as SiteRequest;
  if (process.argv.includes("--remove")) await removeSite(request);
  else process.stdout.write(JSON.stringify(await makeSite(request)));
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
