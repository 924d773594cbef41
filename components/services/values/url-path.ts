/** Paths of URLs. */

/** A path without the slash it may end with. @example plainPath("/api/") // "/api" */
export function plainPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

/**
 * Whether a text is a URL's path without query and fragment. Quotes, brackets, `$` and `*` must be
 * percent-encoded: proxies and load balancers give them a meaning of their own.
 */
export function isUrlPath(text: string): boolean {
  return /^\/(?:[\w\-./~:@!+,;=&]|%[0-9A-Fa-f]{2})*$/.test(text);
}
