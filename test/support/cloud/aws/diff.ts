/** What differs between a resource as it is and as it is wanted, and whether that needs another one. */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../../../components/services/values/maps.ts";
import { UNKNOWN } from "./check.ts";
import type { Params } from "./client.ts";
import type { Declaration } from "./declarations.ts";
import type { Resource } from "./resource.ts";

export interface Difference {
  changed: string[];
  /** Those of them that need another resource. */
  replaces: string[];
  /** Whether the old one must go first: two cannot have one name. */
  deleteFirst: boolean;
}

/**
 * @param state outputs, as they were read last.
 * @param old inputs, as they were wanted then.
 * @param wanted inputs, checked.
 */
export function differ(
  { inputs, outputs }: Declaration,
  { replace, replaceAlso, json = [] }: Pick<Resource, "replace" | "replaceAlso" | "json">,
  state: Params,
  old: Params,
  wanted: Params,
): Difference {
  const names = new Set(
    [...Object.keys(old), ...Object.keys(wanted)].filter((name) => name in inputs),
  );
  const changed = [...names].filter((name) => {
    const value = wanted[name];
    // What AWS fills in stays when it is no longer asked for.
    if (value === undefined) return !(outputs[name]?.always ?? false) && old[name] !== undefined;
    if (json.includes(name)) return !sameJson(state[name], value);
    return !covers(state[name], value) || drops(old[name], value);
  });
  const needsAnother = [...replace, ...(replaceAlso?.(old, wanted) ?? [])];
  const replaces = changed.filter((name) => needsAnother.includes(name));
  const isFilled = (wanted.__defaults as string[] | undefined)?.includes("name");
  const keepsName = wanted.name !== undefined && !isFilled && !changed.includes("name");
  return { changed, replaces, deleteFirst: replaces.length > 0 && keepsName };
}

/** Whether all that is wanted is there; what AWS has added is no difference, nor is the order of a list. */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (wanted === UNKNOWN) return false;
  if (Array.isArray(wanted)) {
    const there = Array.isArray(actual) ? [...(actual as unknown[])] : [];
    if (there.length !== wanted.length) return false;
    return wanted.every((each) => {
      const at = there.findIndex((one) => covers(one, each));
      if (at >= 0) there.splice(at, 1);
      return at >= 0;
    });
  }
  if (isRecord(wanted)) {
    const there = isRecord(actual) ? actual : {};
    return Object.entries(wanted).every(([name, value]) => covers(there[name], value));
  }
  // Off, none and zero are what is not said.
  return actual === wanted || (!actual && (wanted === false || wanted === "" || wanted === 0));
}

/** Whether something that was asked for no longer is. */
function drops(old: unknown, wanted: unknown): boolean {
  if (Array.isArray(old) && Array.isArray(wanted))
    return old.some((each, at) => drops(each, wanted[at]));
  if (!isRecord(old) || !isRecord(wanted)) return false;
  return Object.entries(old).some(([name, value]) =>
    wanted[name] === undefined ? value !== undefined : drops(value, wanted[name]),
  );
}

function sameJson(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(String(one)), JSON.parse(String(other)));
  } catch {
    return one === other;
  }
}
