/** The ledger in a stack's exported state, for whoever may read the stack's secrets. */
import type { BackupRequest } from "../hosts/backup/types.ts";
import { byName } from "../order.ts";
import { isBackup, isRelease, keyOf, runtimeIn } from "./resource-names.ts";
import { LedgerError, previousLedger } from "./codec.ts";
import type { Ledger, Runtime } from "./types.ts";

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
  const key = (deployment.resources ?? []).find(({ urn }) => urn === keyOf(run.urn));
  return previousLedger(printed, reveal(key?.outputs?.stdout) ?? "");
}

/**
 * What the last release that succeeded was told, in the words of its runtime; undefined if nothing was
 * ever released.
 */
export function readRequest(deployment: Deployment): unknown {
  const stdin = reveal(findRun(deployment)?.inputs?.stdin);
  return stdin === undefined ? undefined : (JSON.parse(stdin) as unknown);
}

/** What carries the stack's releases out; undefined if nothing was ever released. */
export function runtimeOf(deployment: Deployment): Runtime | undefined {
  const run = findRun(deployment);
  return run && runtimeIn(run.urn);
}

function findRun({ resources = [] }: Deployment): Resource | undefined {
  const runs = resources.filter(({ urn }) => isRelease(urn));
  if (runs.length > 1) {
    throw new LedgerError("The stack has several fleets; these commands know stacks with one.");
  }
  return runs[0];
}

/** What the hosts' backups were told when they were set up, by host. */
export function readBackups({ resources = [] }: Deployment): BackupRequest[] {
  return resources
    .filter(({ urn }) => isBackup(urn))
    .flatMap(({ inputs }) => {
      const stdin = reveal(inputs?.stdin);
      return stdin === undefined ? [] : [JSON.parse(stdin) as BackupRequest];
    })
    .sort((one, other) => byName(one.name, other.name));
}

/** A tag that the stack has resolved. */
export interface PinnedImage {
  /** Of its `RegistryImage`. */
  name: string;
  /** E.g. `postgres:17`. */
  image: string;
  /** E.g. `postgres@sha256:…`. */
  ref: string;
}

/** The stack's tags that were resolved to digests, by name. */
export function readPinnedImages({ resources = [] }: Deployment): PinnedImage[] {
  return resources
    .filter(({ urn }) => /images:RegistryImage\$command:local:Command::.*-digest$/.test(urn))
    .map(({ urn, inputs, outputs }) => ({
      name: urn.replace(/^.*::(.*)-digest$/, "$1"),
      image: reveal(inputs?.stdin) ?? "",
      ref: reveal(outputs?.stdout) ?? "",
    }))
    .sort((one, other) => byName(one.name, other.name));
}

/** A value's text, secret or not. */
function reveal(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || !(SECRET in value)) return undefined;
  const { plaintext } = value as { plaintext?: string };
  return plaintext === undefined ? undefined : (JSON.parse(plaintext) as string);
}
