/**
 * The installation of Docker on one machine as a process: the request as JSON on standard input, progress on standard
 * error, the engine's version on standard output. Started by `declareEngine`, see ../ssh-engine.ts.
 */
import { answerRequest } from "../../answer-request.ts";
import { installDocker } from "./run.ts";
import type { InstallRequest } from "./types.ts";

await answerRequest((request: InstallRequest, log) =>
  installDocker(request, (line) => log(`${request.name}: ${line}`)),
);
