/**
 * The installation of Docker on one machine as a process: the request as JSON on standard input, progress on standard
 * error, the engine's version on standard output. Started by `DockerEngine`, see ../docker-engine.ts.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { installDocker } from "./run.ts";
import type { InstallRequest } from "./types.ts";

const log = printer();
try {
  const request = JSON.parse(await text(process.stdin)) as InstallRequest;
  process.stdout.write(await installDocker(request, (line) => log(`${request.name}: ${line}`)));
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
