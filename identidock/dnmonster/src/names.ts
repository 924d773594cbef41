// Which names get a picture. The same file is in app/ and dnmonster/ (see service.ts).

/** The longest name, in characters as a reader counts code points. */
export const LONGEST_NAME = 64;

/** A name that gets no picture; the message is for the visitor. */
export class NameProblem extends Error {
  readonly statusCode = 400;
}

/** The name as it is used everywhere: trimmed, in one Unicode form, and within bounds. */
export function parseName(value: unknown): string {
  if (typeof value !== "string") throw new NameProblem("Give exactly one name.");
  const name = value.normalize("NFC").trim();
  const length = [...name].length;
  if (length === 0) throw new NameProblem("The name is empty. Type at least one character.");
  if (length > LONGEST_NAME) {
    throw new NameProblem(
      `The name is too long: ${length} characters. At most ${LONGEST_NAME} are allowed.`,
    );
  }
  if (/[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new NameProblem("The name has characters that cannot be printed. Leave them out.");
  }
  // As a step of a URL's path these two mean a folder, even when they are percent-encoded.
  if (name === "." || name === "..") {
    throw new NameProblem(`"${name}" is not a name. Add a letter or a digit.`);
  }
  return name;
}
