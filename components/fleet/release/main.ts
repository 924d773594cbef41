/**
 * The release as a process: the request as JSON on standard input, progress on standard error, the
 * report and the encrypted ledger as JSON on standard output. Started by the `Release` resource, see
 * ../release-resource.ts. Exits with 3 if it released but could not clean up, with 4 if it was refused.
 */
import { text } from "node:stream/consumers";
import { circumstances } from "../ledger/circumstances.ts";
import {
  LedgerError,
  MOST_ENTRIES,
  previousLedger,
  previousRelease,
  sealLedger,
} from "../ledger/codec.ts";
import { ReleaseRefused, recordRelease, refuseBad } from "../ledger/record.ts";
import { StaleState } from "./fence.ts";
import { connectHost } from "./engine-host.ts";
import { HostLocked } from "./lock.ts";
import { CleanUpFailure, runRelease } from "./run.ts";
import { messageOf } from "./step.ts";
import type { ReleaseReport, ReleaseRequest } from "./types.ts";

/** Seconds after which a holder that died together with its engine has lost the lock, and some more. */
const DEAD_HOLDER = 12;

const log = (line: string) => process.stderr.write(`${line}\n`);

try {
  const request = JSON.parse(await text(process.stdin)) as ReleaseRequest;
  process.stdout.write(`${JSON.stringify(await release(request))}\n`);
} catch (error) {
  log(messageOf(error));
  process.exitCode = exitCodeOf(error);
}

async function release(request: ReleaseRequest): Promise<ReleaseReport & { ledger?: string }> {
  const connect = (host: { name: string; dockerHost: string }) =>
    connectHost(host.name, host.dockerHost, log);
  const { ledger: remember } = request;
  if (remember === undefined) return runRelease(request, connect, log, manners());
  const previous = process.env.PULUMI_COMMAND_STDOUT;
  const before = previousLedger(previous, remember.key);
  refuseBad(before, remember, process.env.LONGSHORE_ALLOW_BAD === "1");
  const lastRelease = previousRelease(previous);
  const keep = before.entries.slice(1 - MOST_ENTRIES).map(({ release: number }) => number);
  const report = await runRelease({ ...request, lastRelease, keep }, connect, log, manners());
  const after = recordRelease(before, remember, report, circumstances(process.cwd()));
  const { text: ledger, dropped } = sealLedger(after, remember.key);
  if (dropped.length > 0) {
    log(`the ledger is full: release ${dropped.join(", ")} can no longer be brought back`);
  }
  return { ...report, ledger };
}

/** What the environment of the update allows. */
function manners(env: NodeJS.ProcessEnv = process.env) {
  return {
    wait: Number(env.LONGSHORE_WAIT ?? DEAD_HOLDER),
    takeOver: env.LONGSHORE_TAKE_OVER === "1",
  };
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CleanUpFailure) return 3;
  const refusals = [ReleaseRefused, LedgerError, HostLocked, StaleState];
  return refusals.some((kind) => error instanceof kind) ? 4 : 1;
}
