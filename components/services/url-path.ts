/** Paths of URLs. */

/** A path without the slash it may end with. @example plainPath("/api/") // "/api" */
export function plainPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

/** Whether a text is a URL's path, without query and fragment, that needs no quoting. */
export function isUrlPath(text: string): boolean {
  return /^\/(?:[\w\-./~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/.test(text);
}
