/**
 * A simulated machine as a process: the request as JSON on standard input, what came of it on standard output. With `--remove`
 * it is removed. Started by `SimulatedHost`.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { makeMachine, removeMachine } from "./machine.ts";
import type { MachineRequest } from "./types.ts";

const log = printer();
try {
  const request = JSON.parse(await text(process.stdin)) as MachineRequest;
  if (process.argv.includes("--remove")) await removeMachine(request);
  else process.stdout.write(JSON.stringify(await makeMachine(request, log)));
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
