/** Health checks as they were written down: by the ledger, and by the record on a host. */
import type { HealthCheck } from "../types.ts";

/** Earlier versions knew one status, and no headers. */
export function restoreHealth(check: HealthCheck): HealthCheck {
  if (check.kind !== "http") return check;
  const status = check.status as readonly number[] | number | undefined;
  return { ...NO_HEADERS, ...check, status: status === undefined ? undefined : [status].flat() };
}

/** Of a check that was written down before checks had headers of their own. */
export const NO_HEADERS = { requestHeaders: {} };
