/**
 * A simulated machine as a process: the request as JSON on standard input, what came of it on standard output. With `--remove`
 * it is removed. Started by `SimulatedHost`.
 */
import { answerRequest, isRemoval } from "../../answer-request.ts";
import { makeMachine, removeMachine } from "./machine.ts";
import type { MachineRequest } from "./types.ts";

await answerRequest(async (request: MachineRequest, log) => {
  if (!isRemoval) return JSON.stringify(await makeMachine(request, log));
  await removeMachine(request);
  return "";
});
