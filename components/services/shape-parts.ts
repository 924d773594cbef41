/** What shapes are made of. An error's text says what is expected: it ends the sentence "Give …". */
import { z } from "zod";

/** Whether a value is known only later: an output or a promise. */
export function isDeferred(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "__pulumiOutput" in value || value instanceof Promise;
}

export const isText = (value: unknown) => typeof value === "string" || isDeferred(value);

export const text = (what: string) => z.string(what);
export const inputText = z.custom<string>(isText, "text or an output of text");
export const flag = z.boolean("`true` or `false`");
export const choice = (values: string[]) => z.enum(values, `one of ${quoted(values)}`);

export function whole(min: number, max: number, unit = "") {
  const what = `a whole number ${unit}from ${min} to ${max}`;
  return z.int(what).min(min, what).max(max, what);
}

export const port = whole(1, 65535);
export const seconds = (min: number, max: number) => whole(min, max, "of seconds ");

export function list<Item extends z.ZodType>(item: Item, what: string, min = 0) {
  // Texts and outputs have a length, too, which would be counted beside their wrong type.
  return z.custom(Array.isArray, what).pipe(z.array(item, what).min(min, what));
}

export function object<Shape extends z.ZodRawShape>(shape: Shape, what: string) {
  // An output has every property one asks for, each an output: it must not pass for an object.
  return z.custom((value) => !isDeferred(value), what).pipe(z.strictObject(shape, what));
}

/** `a`, `b` or `c`. */
export function quoted(words: readonly string[]): string {
  const all = words.map((word) => `\`${word}\``);
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}
