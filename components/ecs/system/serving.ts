/** What a stack runs on ECS, read before anything is planned: by its own state, and by what AWS says. */
import * as pulumi from "@pulumi/pulumi";
import { ownOutputs } from "../../own-state.ts";
import { LedgerError, previousLedger } from "../../releases/codec.ts";
import { ReleaseRefused, refuseBad } from "../../releases/guard.ts";
import { isRelease } from "../../releases/resource-names.ts";
import type { Snapshot } from "../../releases/types.ts";
import { lastRelease } from "../release/report.ts";
import { type Repairs, readRepairs } from "./running.ts";

/** What the program knows of a system before it plans. */
export interface EcsServing {
  /** Service → tag that serves. */
  tags: Record<string, string>;
  repairs: Repairs;
  /** What the last release printed, with the ledger, encrypted; undefined before the first. */
  printed: string | undefined;
}

/** Reads the stack's own state, and asks AWS for each service in it. */
export async function readServing(): Promise<EcsServing> {
  const outputs = await ownOutputs();
  const [run] = Object.entries(outputs).filter(([urn]) => isRelease(urn));
  const printed = run?.[1].outputs.stdout;
  const text = typeof printed === "string" ? printed : undefined;
  const services = lastRelease(text)?.services ?? {};
  return {
    tags: Object.fromEntries(Object.entries(services).map(([name, { tag }]) => [name, tag])),
    repairs: await readRepairs(outputs),
    printed: text,
  };
}

/**
 * The stack's key, for a definition that may be released: what depends on it is not made of images that a rollback has left.
 * @throws pulumi.RunError by the output.
 */
export function guardedKey(
  key: pulumi.Output<string>,
  snapshot: pulumi.Output<Snapshot>,
  serving: EcsServing | undefined,
  allowBad = process.env.LONGSHORE_ALLOW_BAD === "1",
): pulumi.Output<string> {
  const { printed } = serving ?? {};
  if (printed === undefined) return key;
  return pulumi.all([key, snapshot]).apply(([known, wanted]) => {
    refuseBadImages(printed, known, wanted, allowBad);
    return known;
  });
}

/**
 * @param printed by the last release.
 * @throws pulumi.RunError naming each image that a rollback has left, or if the ledger cannot be read.
 */
export function refuseBadImages(
  printed: string,
  key: string,
  snapshot: Snapshot,
  allowed: boolean,
): void {
  try {
    refuseBad(previousLedger(printed, key), snapshot, allowed);
  } catch (error) {
    if (!(error instanceof ReleaseRefused || error instanceof LedgerError)) throw error;
    throw new pulumi.RunError(error.message);
  }
}
