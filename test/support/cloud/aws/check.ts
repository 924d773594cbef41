/** What is wrong with a resource's inputs, and what they are when defaults and names are filled in: as the plugin does it. */
import { randomBytes } from "node:crypto";
import { isRecord } from "../../../../components/services/values/maps.ts";
import type { Params } from "./client.ts";
import type { Fields, Type } from "./declarations.ts";
import type { Resource } from "./resource.ts";

/** Stands for a value that is known later, on the wire. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Problem {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Params;
  problems: Problem[];
}

/** @param old inputs, of a resource that is there. */
export function check(
  name: string,
  fields: Fields,
  { defaults = {}, named, fill }: Pick<Resource, "defaults" | "named" | "fill">,
  given: Params,
  old: Params | undefined,
): Checked {
  const problems: Problem[] = [];
  const inputs = fit({ kind: "object", fields }, given, "", problems) as Params;
  const filled: string[] = [];
  for (const [key, value] of Object.entries(defaults)) {
    if (inputs[key] !== undefined) continue;
    inputs[key] = value;
    filled.push(key);
  }
  if (named !== undefined && inputs.name === undefined && inputs.namePrefix === undefined) {
    const had = (old?.__defaults as string[] | undefined)?.includes("name");
    inputs.name = had
      ? old?.name
      : `${name.slice(0, named - 8)}-${randomBytes(4).toString("hex").slice(1)}`;
    filled.push("name");
  }
  if (problems.length === 0) Object.assign(inputs, fill?.(inputs));
  return { inputs: { __defaults: filled, ...inputs }, problems };
}

/** The value in its type; numbers and booleans may be given as text, and the other way about. */
export function fit(type: Type, value: unknown, path: string, problems: Problem[]): unknown {
  if (value === undefined || value === null || value === UNKNOWN) return value;
  const wrong = (wanted: string) => {
    problems.push({ property: path, reason: `expected ${wanted}, got ${typeof value}` });
    return value;
  };
  switch (type.kind) {
    case "any":
      return isRecord(value) ? JSON.stringify(value) : value;
    case "string":
      if (typeof value === "object") return wrong("string");
      return typeof value === "string" ? value : JSON.stringify(value);
    case "number":
      return typeof value === "object" || Number.isNaN(Number(value))
        ? wrong("number")
        : Number(value);
    case "boolean":
      if (typeof value === "boolean") return value;
      return value === "true" || value === "false" ? value === "true" : wrong("boolean");
    case "list":
      if (!Array.isArray(value)) return wrong("list");
      return value.map((part, at) => fit(type.of, part, `${path}[${at}]`, problems));
    case "map":
      if (!isRecord(value)) return wrong("map");
      return Object.fromEntries(
        Object.entries(value).map(([key, part]) => [
          key,
          fit(type.of, part, `${path}.${key}`, problems),
        ]),
      );
    case "object":
      return isRecord(value) ? fitFields(type.fields, value, path, problems) : wrong("object");
  }
}

function fitFields(fields: Fields, value: Params, path: string, problems: Problem[]): Params {
  const before = path === "" ? "" : `${path}.`;
  for (const [name, { always }] of Object.entries(fields)) {
    if (always && (value[name] === undefined || value[name] === null))
      problems.push({ property: before + name, reason: "missing required property" });
  }
  const fitted: Params = {};
  for (const [name, part] of Object.entries(value)) {
    const field = fields[name];
    if (field === undefined) problems.push({ property: before + name, reason: "unknown property" });
    else if (part !== null) fitted[name] = fit(field.type, part, before + name, problems);
  }
  return fitted;
}
