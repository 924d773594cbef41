import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf } from "../src/cache.ts";
import { LONGEST_NAME, NameProblem, parseName } from "../src/names.ts";

test("names are trimmed and brought into one Unicode form", () => {
  assert.equal(parseName("  Ada Lovelace "), "Ada Lovelace");
  assert.equal(parseName("Zoe\u0308"), "Zo\u00eb");
  assert.equal(parseName("a/b?c#d%20"), "a/b?c#d%20");
});

test("length is counted in characters, not in UTF-16 units", () => {
  assert.equal([...parseName("🦑".repeat(LONGEST_NAME))].length, LONGEST_NAME);
});

const refused: [what: string, value: unknown, message: string][] = [
  ["none", undefined, "Give exactly one name."],
  ["two", ["a", "b"], "Give exactly one name."],
  ["empty", "", "The name is empty. Type at least one character."],
  ["spaces", " \t\n", "The name is empty. Type at least one character."],
  ["one too long", "x".repeat(65), "The name is too long: 65 characters. At most 64 are allowed."],
  ["a line break", "a\r\nb", "The name has characters that cannot be printed. Leave them out."],
  ["a NUL", "a\u0000b", "The name has characters that cannot be printed. Leave them out."],
  ["half a pair", "a\ud800b", "The name has characters that cannot be printed. Leave them out."],
  ["this folder", ".", '"." is not a name. Add a letter or a digit.'],
  ["the folder above", " ..", '".." is not a name. Add a letter or a digit.'],
];
for (const [what, value, message] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => parseName(value),
      (error) => error instanceof NameProblem && error.message === message,
    );
  });
}

test("a name cannot pretend to be another key", () => {
  assert.equal(keyOf("a b:c\u00e9"), "monster:80:a%20b%3Ac%C3%A9");
});
