/** The ledger in a stack's exported state, for whoever may read the stack's secrets. */
import { LedgerError, previousLedger } from "./codec.ts";
import type { ReleaseRequest } from "../release/types.ts";
import type { Ledger } from "./types.ts";

/** A resource of an exported state, as far as it is looked at. */
interface Resource {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** `pulumi stack export --show-secrets`, as far as it is looked at. */
export interface Deployment {
  resources?: Resource[];
}

/** Pulumi's mark of a secret, with the value as JSON beside it. */
const SECRET = "4dabf18193072939515e22adb298388d";

/**
 * The stack's ledger; undefined if nothing was ever released.
 * @throws LedgerError if the stack has several fleets, or a ledger that cannot be read.
 */
export function readLedger(deployment: Deployment): Ledger | undefined {
  const run = findRun(deployment);
  const printed = reveal(run?.outputs?.stdout);
  if (run === undefined || printed === undefined) return undefined;
  const keyUrn = run.urn.replace(/-run$/, "-key");
  const key = (deployment.resources ?? []).find(({ urn }) => urn === keyUrn);
  return previousLedger(printed, reveal(key?.outputs?.stdout) ?? "");
}

/** What the last release that succeeded was told; undefined if nothing was ever released. */
export function readRequest(deployment: Deployment): ReleaseRequest | undefined {
  const stdin = reveal(findRun(deployment)?.inputs?.stdin);
  return stdin === undefined ? undefined : (JSON.parse(stdin) as ReleaseRequest);
}

function findRun({ resources = [] }: Deployment): Resource | undefined {
  const runs = resources.filter(
    ({ type, urn }) =>
      type === "command:local:Command" && /fleet:Release\$.*-release-run$/.test(urn),
  );
  if (runs.length > 1) {
    throw new LedgerError("The stack has several fleets; these commands know stacks with one.");
  }
  return runs[0];
}

/** A value's text, secret or not. */
function reveal(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !(SECRET in value)) return undefined;
  const { plaintext } = value as { plaintext?: string };
  return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
