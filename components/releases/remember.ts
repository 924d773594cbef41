/** How a release that has succeeded ends: the ledger remembers it. Without Pulumi's SDK, for the processes that release. */
import { sealLedger } from "./codec.ts";
import { provenance } from "./provenance.ts";
import { recordRelease } from "./record.ts";
import type { Ledger, LedgerRequest, ReleaseReport, Runtime } from "./types.ts";

/**
 * The ledger with the release in it, encrypted. Who released, and from which commit, is asked of the working folder.
 * @param log is told which releases found no room any more.
 */
export function rememberRelease(
  before: Ledger,
  told: LedgerRequest,
  report: ReleaseReport,
  runtime: Runtime,
  log: (line: string) => void,
): string {
  const after = recordRelease(before, told, report, { runtime, ...provenance(process.cwd()) });
  const { text, dropped } = sealLedger(after, told.key);
  if (dropped.length > 0) {
    log(`the ledger is full: release ${dropped.join(", ")} can no longer be brought back`);
  }
  return text;
}
