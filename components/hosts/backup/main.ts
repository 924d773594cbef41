/**
 * The backups of one machine as a process: the request as JSON on standard input, progress on standard error. With
 * `--remove` they end; what was saved stays. Started by `declareBackups`.
 */
import { answerRequest, isRemoval } from "../../answer-request.ts";
import { removeBackups, setUpBackups } from "./run.ts";
import type { BackupRequest } from "./types.ts";

await answerRequest(async (request: BackupRequest, log) => {
  if (isRemoval) await removeBackups(request);
  else await setUpBackups(request, (line) => log(`${request.name}: ${line}`));
  return "";
});
