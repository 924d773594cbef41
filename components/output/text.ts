/** Text that containers, engines and programs of others print, made safe to show. */
import { stripVTControlCharacters } from "node:util";

/** Most bytes of a line that is printed: whoever reads it may take no more than 64 KiB. */
export const LONGEST_LINE = 8 * 1024;

/** All control characters but tab and line feed; the second range are those of ISO 6429 in 8 bits. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Without what a terminal would carry out instead of showing it (titles, clearing, the clipboard), and
 * without what hides text: bidirectional overrides. Lines and tabs stay; CRLF becomes LF.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n"))
    .replace(CONTROL, "")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
}

/** A line of at most `most` bytes; what is cut off is counted. */
export function cut(line: string, most = LONGEST_LINE): string {
  const size = Buffer.byteLength(line);
  if (size <= most) return line;
  const mark = (left: number) => ` … (${left} more bytes)`;
  const room = most - Buffer.byteLength(mark(size));
  // Never half a character: the decoder leaves one out that is not whole.
  const kept = new TextDecoder().decode(Buffer.from(line).subarray(0, room), { stream: true });
  return kept + mark(size - Buffer.byteLength(kept));
}
