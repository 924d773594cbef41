/**
 * A step of the first contact with a machine as a process: the request as JSON on standard input, progress on standard
 * error. Started by `declareContact`.
 */
import { answerRequest } from "../../answer-request.ts";
import { makeOneTimeKey, meet, settle } from "./run.ts";
import type { ContactRequest, Met } from "./types.ts";

/** What the step printed when it was run for the same resource before: the command provider tells. */
const { PULUMI_COMMAND_STDOUT: before = "" } = process.env;

await answerRequest(async (request: ContactRequest, log) => {
  if (request.step === "key")
    return before === "" ? JSON.stringify(await makeOneTimeKey()) : before;
  if (request.step === "meet") {
    const met = before === "" ? undefined : (JSON.parse(before) as Met);
    return JSON.stringify(await meet(request, met, (line) => log(`${request.name}: ${line}`)));
  }
  await settle(request);
  return "";
});
