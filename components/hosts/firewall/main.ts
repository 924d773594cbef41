/**
 * The firewall of one machine as a process: the request as JSON on standard input, progress on standard error. With
 * `--remove` its rules are taken away. Started by `declareEngine`.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { raiseFirewall, removeFirewall } from "./run.ts";
import type { FirewallRequest } from "./types.ts";

const log = printer();
try {
  const request = JSON.parse(await text(process.stdin)) as FirewallRequest;
  if (process.argv.includes("--remove")) await removeFirewall(request);
  else await raiseFirewall(request, (line) => log(`${request.name}: ${line}`));
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
