/** The ledger in a stack's exported state, for whoever may read the stack's secrets. */
import { LedgerError, previousLedger } from "./codec.ts";
import type { Ledger } from "./types.ts";

/** A resource of an exported state, as far as it is looked at. */
interface Resource {
  urn: string;
  type: string;
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
  const runs = (deployment.resources ?? []).filter(({ type, urn }) => {
    return type === "command:local:Command" && /fleet:Release\$.*-release-run$/.test(urn);
  });
  if (runs.length > 1) {
    throw new LedgerError("The stack has several fleets; these commands know stacks with one.");
  }
  const [run] = runs;
  const printed = reveal(run?.outputs?.stdout);
  if (run === undefined || printed === undefined) return undefined;
  const keyUrn = run.urn.replace(/-run$/, "-key");
  const key = reveal(
    (deployment.resources ?? []).find(({ urn }) => urn === keyUrn)?.outputs?.stdout,
  );
  return previousLedger(printed, key ?? "");
}

/** A value's text, secret or not. */
function reveal(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !(SECRET in value)) return undefined;
  const { plaintext } = value as { plaintext?: string };
  return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
