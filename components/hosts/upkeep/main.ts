/**
 * The upkeep of one machine as a process: the request as JSON on standard input, progress on standard error. With
 * `--remove` it ends. Started by `declareEngine`.
 */
import { answerRequest, isRemoval } from "../../answer-request.ts";
import { endUpkeep, keepUp } from "./run.ts";
import type { UpkeepRequest } from "./types.ts";

await answerRequest(async (request: UpkeepRequest, log) => {
  if (isRemoval) await endUpkeep(request);
  else await keepUp(request, (line) => log(`${request.name}: ${line}`));
  return "";
});
