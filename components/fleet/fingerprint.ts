/** Names for secrets' volumes that change with the values and tell nothing about them. */
import { scryptSync } from "node:crypto";

/**
 * Twelve hex digits that stand for `files`. Slow on purpose (scrypt), so that a short secret cannot
 * be guessed from the name of its volume.
 * @param scope makes equal secrets of different stacks and services look different.
 */
export function fingerprint(scope: string, files: Record<string, string>): string {
  const sorted = Object.entries(files).sort(([x], [y]) => x.localeCompare(y));
  return scryptSync(JSON.stringify(sorted), `longshore:${scope}`, 6).toString("hex");
}
