/** Names of cookies and headers. */

/**
 * Whether a text can name a cookie or a header. Stricter than HTTP, whose tokens may hold quotes, `$`
 * and `%`: proxies and shells give them a meaning of their own.
 */
export function isToken(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}

/** How to fix one that cannot. */
export const TOKEN_FIX = "Use letters, digits, dots, dashes and underscores, e.g. `X-Variant`.";
