/** Takes the values of secrets out of text, in the encodings that programs usually print them in. */

/** A shorter one would blacken ordinary words, and hides nothing from who can count. */
const SHORTEST = 4;
/** Of a part of a value in base64, whose ends depend on its neighbours. */
const SHORTEST_PART = 6;

const IN_ITS_PLACE = "[secret]";

/**
 * A function that replaces `values` in a text: as they are, each of their lines, and in base64 (at any
 * offset, also for URLs), hexadecimal, percent-encoding and JSON. Values of less than 4 characters stay.
 */
export function masker(values: Iterable<string>): (text: string) => string {
  const forms = new Set([...values].flatMap((value) => [value, ...value.split("\n")]).flatMap(all));
  // The longest first: a form that holds another one goes as a whole.
  const sorted = [...forms].sort((x, y) => y.length - x.length);
  if (sorted.length === 0) return (text) => text;
  const pattern = new RegExp(sorted.map(escape).join("|"), "g");
  return (text) => text.replace(pattern, IN_ITS_PLACE);
}

/** All forms in which `value` is looked for. */
function all(value: string): string[] {
  const trimmed = value.trim();
  if (trimmed.length < SHORTEST) return [];
  const bytes = Buffer.from(trimmed);
  const hex = bytes.toString("hex");
  const percent = encodeURIComponent(trimmed);
  const json = JSON.stringify(trimmed).slice(1, -1);
  return [
    ...[value, trimmed, json, json.replaceAll("/", "\\/")],
    ...[percent, percent.replaceAll("%20", "+"), percent.replaceAll(/%../g, lower)],
    ...[hex, hex.toUpperCase()],
    ...[0, 1, 2].flatMap((offset) => base64(bytes, offset)),
  ].filter((form) => form.length >= SHORTEST);
}

/** What of `bytes` in base64 does not depend on what is before (so many bytes) and after it. */
function base64(bytes: Buffer, offset: number): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor(((offset + bytes.length) * 8) / 6);
  const part = text.slice(from, to);
  if (part.length < SHORTEST_PART) return [];
  return [part, part.replaceAll("+", "-").replaceAll("/", "_")];
}

function lower(code: string): string {
  return code.toLowerCase();
}

/** `RegExp.escape` of later Node versions. */
function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
