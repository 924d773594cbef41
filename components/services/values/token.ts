/** Names of cookies and headers. */

/**
 * Whether a text can name a cookie or a header. Stricter than HTTP, whose tokens may hold quotes, `$`
 * and `%`: proxies and shells give them a meaning of their own.
 */
export function isToken(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}

/** Whether a header of this name, in upper or lower case, stands before it in a list of names. */
export function isRepeated(name: string, names: string[]): boolean {
  const lower = name.toLowerCase();
  return names.find((other) => other.toLowerCase() === lower) !== name;
}

/** How to fix one that is. */
export const REPEATED_FIX = "Remove one: upper and lower case are the same.";

/** How to fix one that cannot. */
export const TOKEN_FIX = "Use letters, digits, dots, dashes and underscores, e.g. `X-Variant`.";
