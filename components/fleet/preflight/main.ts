/**
 * The preflight as a process: the request as JSON on standard input, the report on standard output, a
 * refusal on standard error. Started by the `Preflight` resource, see ../preflight.ts.
 */
import { answerRequest } from "../../answer-request.ts";
import type { NamedEngine } from "../../engine/address.ts";
import { connectHost } from "../../engine/engine-host.ts";
import { hostPolicy } from "../state/policy.ts";
import { runPreflight } from "./run.ts";
import type { PreflightReport, PreflightRequest } from "./types.ts";

await answerRequest(async (request: PreflightRequest, log) => {
  // Set by the command resource when it runs again.
  const before = process.env.PULUMI_COMMAND_STDOUT ?? "";
  const previous = before.trim() === "" ? undefined : (JSON.parse(before) as PreflightReport);
  const connect = (host: NamedEngine) => connectHost(host.name, host.dockerHost);
  const report = await runPreflight(request, previous, connect, hostPolicy(process.env), log);
  return `${JSON.stringify(report)}\n`;
});
