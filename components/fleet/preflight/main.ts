/**
 * The preflight as a process: the request as JSON on standard input, the report on standard output, a
 * refusal on standard error. Started by the `Preflight` resource, see ../preflight.ts.
 */
import { text } from "node:stream/consumers";
import { connectHost } from "../release/engine-host.ts";
import { messageOf } from "../release/step.ts";
import { hostPolicy } from "../state/policy.ts";
import { runPreflight } from "./run.ts";
import type { PreflightReport, PreflightRequest } from "./types.ts";

try {
  const request = JSON.parse(await text(process.stdin)) as PreflightRequest;
  // Set by the command resource when it runs again.
  const before = process.env.PULUMI_COMMAND_STDOUT ?? "";
  const previous = before.trim() === "" ? undefined : (JSON.parse(before) as PreflightReport);
  const connect = (host: { name: string; dockerHost: string }) =>
    connectHost(host.name, host.dockerHost);
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runPreflight(request, previous, connect, hostPolicy(process.env), log);
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
