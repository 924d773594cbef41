/**
 * The preflight as a process: the request as JSON on standard input, the report on standard output, a
 * refusal on standard error. Started by the `Preflight` resource, see ../preflight.ts.
 */
import type { NamedEngine } from "../../engine/address.ts";
import { text } from "node:stream/consumers";
import { printer } from "../../output/printer.ts";
import { connectHost } from "../../engine/engine-host.ts";
import { hostPolicy } from "../state/policy.ts";
import { runPreflight } from "./run.ts";
import type { PreflightReport, PreflightRequest } from "./types.ts";
import { messageOf } from "../../output/log.ts";

const log = printer();
try {
  const request = JSON.parse(await text(process.stdin)) as PreflightRequest;
  // Set by the command resource when it runs again.
  const before = process.env.PULUMI_COMMAND_STDOUT ?? "";
  const previous = before.trim() === "" ? undefined : (JSON.parse(before) as PreflightReport);
  const connect = (host: NamedEngine) => connectHost(host.name, host.dockerHost);
  const report = await runPreflight(request, previous, connect, hostPolicy(process.env), log);
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  log(messageOf(error));
  process.exitCode = 1;
}
