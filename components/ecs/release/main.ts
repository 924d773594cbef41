/**
 * The end of a release on ECS as a process: every service is steady, and the ledger remembers it. The request as JSON on
 * standard input, the report and the encrypted ledger as JSON on standard output. Started by the `Release` resource, see
 * ../system/release.ts. Exits with 4 if the ledger cannot be read.
 */
import { text } from "node:stream/consumers";
import { messageOf } from "../../output/log.ts";
import { printer } from "../../output/printer.ts";
import { LedgerError, previousLedger } from "../../releases/codec.ts";
import { secretsOf } from "../../releases/contents.ts";
import { rememberRelease } from "../../releases/remember.ts";
import { reportOf } from "./report.ts";
import type { EcsReleaseOutput, EcsReleaseRequest } from "./types.ts";

let log = printer();

try {
  const request = JSON.parse(await text(process.stdin)) as EcsReleaseRequest;
  const { key, snapshot } = request.ledger;
  log = printer([key, ...secretsOf(snapshot)]);
  process.stdout.write(`${JSON.stringify(remember(request))}\n`);
} catch (error) {
  log(messageOf(error));
  process.exitCode = error instanceof LedgerError ? 4 : 1;
}

function remember({ services, ledger: told }: EcsReleaseRequest): EcsReleaseOutput {
  const previous = process.env.PULUMI_COMMAND_STDOUT;
  const before = previousLedger(previous, told.key);
  const report = reportOf(previous, services);
  return { ...report, ledger: rememberRelease(before, told, report, "ecs", log) };
}
