/** A check of an audit, and how it is run. Pure. */
import type { AuditResult } from "../../../releases/operations.ts";

/** What a check found. */
export interface Found {
  result: AuditResult;
  detail?: string;
}

export interface Check<Facts> {
  id: string;
  /** What is demanded. */
  demand: string;
  look: (facts: Facts) => Found;
}

/** A finding, by its check. */
export interface Finding {
  check: string;
  demand: string;
  result: AuditResult;
  detail: string;
}

/** Good where `good`, else the detail as a warning. */
export const demand = (good: boolean, detail: string): Found =>
  good ? { result: "pass" } : { result: "warn", detail };

export function run<Facts>(checks: readonly Check<Facts>[], facts: Facts): Finding[] {
  return checks.map((check) => {
    const { result, detail = "" } = check.look(facts);
    return { check: check.id, demand: check.demand, result, detail };
  });
}
