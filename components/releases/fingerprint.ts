/** Names for secrets that change with the values and tell nothing about them. */
import { createHmac } from "node:crypto";

/**
 * Twelve hex digits that stand for `files`. Whoever has not the key cannot try out which values they
 * stand for, however short those are.
 * @param key the stack's own, see stack-key.ts.
 * @param scope makes equal secrets of different services look different.
 */
export function fingerprint(key: string, scope: string, files: Record<string, string>): string {
  const sorted = Object.entries(files).sort(([x], [y]) => (x < y ? -1 : 1));
  const hmac = createHmac("sha256", Buffer.from(key, "base64url"));
  return hmac
    .update(JSON.stringify([scope, sorted]))
    .digest("hex")
    .slice(0, 12);
}

/** What tells the stack's state from others of the same name; known to everybody on its hosts. */
export function identityOf(key: string): string {
  const hmac = createHmac("sha256", Buffer.from(key, "base64url"));
  return hmac.update("longshore: identity of a stack's state").digest("hex").slice(0, 32);
}
