/** The calls that are made of declared resources and look-ups, and what of their inputs is in none. */
import { isRecord } from "../../../components/services/values/maps.ts";
import type { Call } from "../../support/aws-models.ts";
import { plain } from "../../support/program.ts";
import { MAPPINGS, type Mapping, type Target } from "./mappings.ts";

/** A resource, or a look-up. */
export interface Declared {
  /** Its type, or its token. */
  type: string;
  /** Of a resource. */
  name?: string;
  inputs: Record<string, unknown>;
}

/** A call, and whose it is. */
export interface NamedCall extends Call {
  of: string;
}

export interface Mapped {
  calls: NamedCall[];
  /** A line for each input that no call has. */
  unmapped: string[];
  /** Each input that is in a mapping, with the type of what it is of. */
  mapped: string[];
}

/** @param mappings by type of resource, and by token of look-ups. */
export function mapCalls(declared: Declared[], mappings = MAPPINGS): Mapped {
  const found = declared.map((one) => mapOne(one, mappings));
  return {
    calls: found.flatMap(({ calls }) => calls),
    unmapped: found.flatMap(({ unmapped }) => unmapped),
    mapped: found.flatMap(({ mapped }) => mapped),
  };
}

function mapOne({ type, name, inputs: sent }: Declared, mappings: Record<string, Mapping>): Mapped {
  const of = `${type.split(":").at(-1) ?? ""} ${name ?? ""}`.trim();
  const mapping = mappings[type];
  if (mapping === undefined)
    return { calls: [], unmapped: [`${of}: is in no mapping`], mapped: [] };
  const { service, kept = {}, named } = mapping;
  const given = named && name !== undefined ? { name: `${name}-0123abc`, ...sent } : sent;
  const operations = Object.entries(mapping.calls);
  const known = new Set([
    ...Object.keys(kept),
    ...operations.flatMap(([, call]) => Object.keys(call.inputs)),
  ]);
  const values = leaves(given, known);
  const inputs = values.map(([input]) => input);
  const made = operations.filter(([, call]) => inputs.some((input) => input in call.inputs));
  return {
    calls: made.map(([operation, call]) => {
      const params: Record<string, unknown> = {};
      for (const [path, value] of Object.entries(call.adds ?? {})) place(params, path, value);
      for (const [input, value] of values) {
        const target = call.inputs[input];
        if (target !== undefined) put(params, target, value);
      }
      return { of, service, operation, params };
    }),
    unmapped: inputs
      .filter((input) => !known.has(input))
      .map((input) => `${of}: \`${input}\` is in no call`),
    mapped: inputs.filter((input) => known.has(input)).map((input) => `${type} ${input}`),
  };
}

/** Inputs by path: as deep as the mapping knows them, and else each value. */
function leaves(
  inputs: Record<string, unknown>,
  known: Set<string>,
  before = "",
): [string, unknown][] {
  return Object.entries(inputs).flatMap(([key, sent]) => {
    const path = `${before}${key}`;
    const value = plain(sent);
    if (known.has(path) || !isRecord(value)) return [[path, value] as [string, unknown]];
    return leaves(value, known, `${path}.`);
  });
}

function put(params: Record<string, unknown>, target: Target, value: unknown): void {
  const placed = typeof target === "string" ? { [target]: value } : target(value as never);
  for (const [path, part] of Object.entries(placed)) place(params, path, part);
}

/** Lists are added to those that are there. */
function place(params: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let at = params;
  for (const [index, part] of parts.entries()) {
    at[part] ??= /^\d+$/.test(parts[index + 1] ?? last) ? [] : {};
    at = at[part] as Record<string, unknown>;
  }
  const there = at[last];
  at[last] = Array.isArray(there) ? there.concat(value) : value;
}
