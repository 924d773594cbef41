/** Equality of plain values. */
import { byName } from "../../../order.ts";

/** Equal as JSON, whatever the order of keys. */
export function same(x: unknown, y: unknown): boolean {
  return JSON.stringify(canonical(x)) === JSON.stringify(canonical(y));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([x], [y]) => byName(x, y))
      .map(([key, entry]) => [key, canonical(entry)]),
  );
}
