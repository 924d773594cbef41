/** Domains of routes: as people write them, and as requests name them. */
import { domainToASCII } from "node:url";
import { z } from "zod";

/**
 * A domain in the form in which browsers send it: lower case, international letters as Punycode (RFC 3492).
 * `*.` in front, for all domains below one, stays.
 * @example asciiDomain("*.Bücher.example") // "*.xn--bcher-kva.example"
 * @returns undefined if it is none.
 */
export function asciiDomain(text: string): string | undefined {
  const isWild = text.startsWith("*.");
  const name = isWild ? text.slice(2) : text;
  const ascii = /^[\x20-\x7e]*$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  if (!z.hostname().safeParse(ascii).success) return undefined;
  return isWild ? `*.${ascii}` : ascii;
}

/** What to do about a text that is no domain: which parts to leave out, where that makes it one. */
export function domainFix(text: string): string {
  const [, scheme = "", host = "", port = "", path = ""] =
    /^([a-z][a-z0-9+.-]*:\/\/)?([^/:?#]*)(:\d*)?([/?#].*)?$/i.exec(text) ?? [];
  const extra = [scheme, port, path].filter((part) => part !== "").map((part) => `\`${part}\``);
  if (extra.length > 0 && asciiDomain(host) !== undefined) {
    return `Leave out ${extra.join(" and ")}: \`${host}\`.`;
  }
  return "Give a host name, e.g. `shop.example.com`, or `*.example.com` for all below one.";
}
