/** Tags as both EC2 and IAM take them. */
import { z } from "zod";

/** What IAM takes: EC2 takes more characters. */
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/** AWS's own, and ours: IAM does not tell capitals from small letters. */
const TAKEN = /^(aws:.*|name|longshore:stack)$/i;
/** What a resource may have, `Name` and `longshore:stack` among them. */
export const MOST_TAGS = 50;

/** Of a site, or of a host. */
export const tags = z
  .record(z.string(), z.unknown(), "must be an object of texts")
  .superRefine((given, context) => {
    const complain = (message: string, ...path: string[]) =>
      context.addIssue({ code: "custom", path, message });
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(given)) {
      const small = name.toLowerCase();
      if (!isTag(name, 1, 127)) complain(`has a name that must have ${inWords(1, 127)}`, name);
      else if (TAKEN.test(name)) complain("is not yours to set: leave it out", name);
      else if (seen.has(small)) complain("is there already, with other capitals", name);
      if (!isTag(value, 0, 256)) complain(`must have ${inWords(0, 256)}`, name);
      seen.add(small);
    }
    if (seen.size > MOST_TAGS - 2) complain(`must be at most ${MOST_TAGS - 2}`);
  })
  .optional();

function isTag(text: unknown, least: number, most: number): boolean {
  if (typeof text !== "string" || !CHARACTERS.test(text)) return false;
  const { length } = [...text];
  return length >= least && length <= most;
}

function inWords(least: number, most: number): string {
  return `${least} to ${most} letters, digits, spaces and \`_.:/=+-@\``;
}
