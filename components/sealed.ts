/** Text that says nothing to whoever has not its key: Brotli, then AES-256-GCM. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";

const IV = 12;
const TAG = 16;

/** A new key: 32 bytes, base64url. */
export function newKey(): string {
  return randomBytes(32).toString("base64url");
}

/** @param key 32 bytes, base64url. */
export function seal(text: string, key: string): string {
  const iv = randomBytes(IV);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "base64url"), iv);
  const data = Buffer.concat([cipher.update(brotliCompressSync(text)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), data]).toString("base64");
}

/**
 * What `seal` was given.
 * @throws an Error that may quote it: say something else in its place.
 */
export function unseal(sealed: string, key: string): string {
  const all = Buffer.from(sealed, "base64");
  const iv = all.subarray(0, IV);
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "base64url"), iv, {
    authTagLength: TAG,
  });
  decipher.setAuthTag(all.subarray(IV, IV + TAG));
  const data = Buffer.concat([decipher.update(all.subarray(IV + TAG)), decipher.final()]);
  return brotliDecompressSync(data).toString("utf8");
}
