/**
 * The firewall of one machine as a process: the request as JSON on standard input, progress on standard error. With
 * `--remove` its rules are taken away. Started by `declareEngine`.
 */
import { answerRequest, isRemoval } from "../../answer-request.ts";
import { raiseFirewall, removeFirewall } from "./run.ts";
import type { FirewallRequest } from "./types.ts";

await answerRequest(async (request: FirewallRequest, log) => {
  if (isRemoval) await removeFirewall(request);
  else await raiseFirewall(request, (line) => log(`${request.name}: ${line}`));
  return "";
});
