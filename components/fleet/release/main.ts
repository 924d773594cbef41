/**
 * The release as a process: the request as JSON on standard input, progress on standard error, the
 * report and the encrypted ledger as JSON on standard output; every line without secrets, see components/output.
 * Started by the `Release` resource, see ../resources/release.ts. Exits with 3 if it released but could not clean up, with 4 if it was refused
 * before anything was changed, with 5 if it lost a host to another release, with 130 if it was interrupted.
 */
import type { NamedEngine } from "../../engine/address.ts";
import { text } from "node:stream/consumers";
import {
  LedgerError,
  MOST_ENTRIES,
  previousLedger,
  previousRelease,
} from "../../releases/codec.ts";
import { printer } from "../../output/printer.ts";
import { rememberRelease } from "../../releases/remember.ts";
import { StaleState } from "../state/fence.ts";
import { Interrupted } from "../state/held-host.ts";
import { LockLost } from "../state/lease.ts";
import { HostLocked } from "../state/lock.ts";
import { BadEnvironment, hostPolicy } from "../state/policy.ts";
import { ForeignStack } from "../state/record.ts";
import { connectHost } from "../../engine/engine-host.ts";
import { whenToldToStop } from "../../told-to-stop.ts";
import { runRelease } from "./run.ts";
import type { ReleaseRequest, ServiceRequest } from "../types.ts";
import { ReleaseRefused, refuseBad } from "../../releases/guard.ts";
import { secretsOf } from "../../releases/contents.ts";
import type { ReleaseReport } from "../../releases/types.ts";
import { CleanUpFailure } from "./failures.ts";
import { messageOf } from "../../output/log.ts";

/** Prints a line; once it is known what is secret, without that. */
let log = printer();
// Whoever reads this may be gone: that is noticed in another way, and breaks nothing off half-way.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

let code = 0;
let output = "";
try {
  const request = JSON.parse(await text(process.stdin)) as ReleaseRequest;
  log = printer(secretsIn(request));
  output = `${JSON.stringify(await release(request))}\n`;
} catch (error) {
  log(messageOf(error));
  code = exitCodeOf(error);
}
// Connections to engines may still be open, of calls that nobody waits for any more.
process.stdout.write(output, () => process.stderr.write("", () => process.exit(code)));

async function release(request: ReleaseRequest): Promise<ReleaseReport & { ledger?: string }> {
  const connect = (host: NamedEngine) =>
    connectHost(host.name, host.dockerHost, (line) => log(line));
  const allowed = hostPolicy(process.env);
  // A second signal ends it at once; what it has half-done is then put right on the hosts themselves.
  const policy = { ...allowed, signal: whenToldToStop((why) => new Interrupted(why)) };
  const { ledger: remember } = request;
  if (remember === undefined) return runRelease(request, connect, log, policy);
  const previous = process.env.PULUMI_COMMAND_STDOUT;
  const before = previousLedger(previous, remember.key);
  // What serves may print what was secret then.
  log = printer([
    ...secretsIn(request),
    ...before.entries.flatMap(({ snapshot }) => secretsOf(snapshot)),
  ]);
  refuseBad(before, remember.snapshot, allowed.allowBad);
  const lastRelease = previousRelease(previous);
  const keep = before.entries.slice(1 - MOST_ENTRIES).map(({ release: number }) => number);
  const wanted = { ...request, services: watched(request.services, allowed.noWatch) };
  const report = await runRelease({ ...wanted, lastRelease, keep }, connect, log, policy);
  return { ...report, ledger: rememberRelease(before, remember, report, "fleet", log) };
}

/** The services, without a watch after the switch if somebody is in a hurry. */
function watched(services: ServiceRequest[], noWatch: boolean): ServiceRequest[] {
  if (!noWatch) return services;
  return services.map((service) => ({ ...service, watch: { ...service.watch, seconds: 0 } }));
}

/** All that is secret in a request. */
function secretsIn({ hosts, ledger, certificate }: ReleaseRequest): string[] {
  const files = hosts.flatMap(({ secrets }) =>
    secrets.flatMap((each) => Object.values(each.files)),
  );
  if (certificate !== undefined) files.push(certificate.key);
  return ledger === undefined ? files : [...files, ledger.key, ...secretsOf(ledger.snapshot)];
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CleanUpFailure) return 3;
  const refusals = [
    ...[ReleaseRefused, LedgerError, BadEnvironment, HostLocked, StaleState, ForeignStack],
  ];
  if (refusals.some((kind) => error instanceof kind)) return 4;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof LockLost) return 5;
  return cause instanceof Interrupted ? 130 : 1;
}
