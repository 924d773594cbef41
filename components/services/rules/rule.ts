/** What a rule is, what it looks at, and the words that rules share. */
import { closest, distance } from "fastest-levenshtein";
import type { ServiceArgs } from "../args.ts";
import type { Role } from "../types.ts";
import type { ProxyArgs } from "../proxy-args.ts";

/** One thing that is wrong with a definition. */
export interface Problem {
  /** Where: the property's path, e.g. `app.links[0]`; empty for the definition as a whole. */
  path: string;
  /** What is wrong. */
  message: string;
  /** How to fix it. */
  fix: string;
}

/** One thing that a definition must fulfil. */
export interface Rule {
  /** Name of the rule, e.g. `link-unknown`. */
  id: string;
  /** What it demands, in one sentence. */
  about: string;
  /** Finds all breaches. */
  check: (system: System) => Iterable<Problem>;
}

/** A definition as rules see it: properties of a wrong type are left out, and reported as `shape`. */
export interface System {
  /** Keys of the definition, in its order. */
  names: string[];
  /** Entries whose role is not known: name and what was given. */
  unknown: { name: string; given: unknown }[];
  proxies: View<ProxyArgs>[];
  services: View<ServiceArgs>[];
  /** What is wrong with the shape of properties, by the rule that says so. */
  shape: { rule: string; problem: Problem }[];
}

/** One entry of the definition. */
export interface View<Args> {
  name: string;
  role: Role;
  /** The properties that have the right shape. */
  args: Partial<Args>;
  /** Whether a property was given, whatever its shape. */
  has: (property: keyof Args) => boolean;
}

/** A property's path as Pulumi writes it. @example pathOf("app", "links", 0) // "app.links[0]" */
export function pathOf(...keys: PropertyKey[]): string {
  return keys
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const text = String(key);
      if (!/^[\w-]+$/.test(text)) return `[${JSON.stringify(text)}]`;
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}

/**
 * `Did you mean …? Known: ….`: the nearest of the known words if it is near, and all of them.
 * @param none what to say if no word is known.
 */
export function suggest(word: string, known: readonly string[], none: string): string {
  return known.length === 0 ? none : `${nearest(word, known)}Known: ${known.join(", ")}.`;
}

/** `Did you mean …? ` if one of the known words is near, whatever its case. */
export function nearest(word: string, known: readonly string[]): string {
  const meant = word.toLowerCase();
  const near = closest(
    meant,
    known.map((each) => each.toLowerCase()),
  );
  const isNear =
    known.length > 0 && distance(meant, near) <= Math.max(1, Math.floor(word.length / 3));
  const found = known.find((each) => each.toLowerCase() === near);
  return isNear && found !== undefined ? `Did you mean \`${found}\`? ` : "";
}

/** A text as code, visible even if it is empty. */
export function code(text: string): string {
  return text === "" ? '`""`' : `\`${text}\``;
}
