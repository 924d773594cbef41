/** Turns a definition, whatever was given, into what rules look at. */
import { z } from "zod";
import type { ServiceArgs } from "./args.ts";
import { isRecord } from "./values/maps.ts";
import { nearest, pathOf, type Problem, type System, type View } from "./rules/rule.ts";
import { isDeferred } from "./shape-parts.ts";
import { SHAPES } from "./shapes.ts";
import type { Role } from "./types.ts";
import type { ProxyArgs } from "./proxy-args.ts";

type Issue = z.core.$ZodIssue;

/** The roles there are. */
export const ROLES = ["proxy", "app", "worker", "cache"] as const satisfies Role[];

/** Reads a definition without trusting any of it. */
export function readSystem(definition: unknown): System {
  const system: System = { names: [], unknown: [], proxies: [], services: [], shape: [] };
  if (!isRecord(definition)) return system;
  for (const [name, given] of Object.entries(definition)) {
    system.names.push(name);
    const role = isRecord(given) ? ROLES.find((known) => known === given.role) : undefined;
    if (!isRecord(given) || role === undefined) system.unknown.push({ name, given });
    else if (role === "proxy") system.proxies.push(readView<ProxyArgs>(system, name, role, given));
    else system.services.push(readView<ServiceArgs>(system, name, role, given));
  }
  return system;
}

function readView<Args>(
  system: System,
  name: string,
  role: Role,
  given: Record<string, unknown>,
): View<Args> {
  const args = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => key !== "role" && value !== undefined),
  );
  const present = new Set(Object.keys(args));
  const kind = role === "proxy" ? "proxy" : "service";
  for (const issue of SHAPES[kind].safeParse(args).error?.issues ?? []) {
    for (const leaf of leaves(issue, args)) {
      system.shape.push(...faults(leaf, { name, kind, args: given }));
      const [property] = leaf.path;
      if (property !== undefined && !isOnlyUnknownKeys(leaf)) delete args[String(property)];
    }
  }
  return {
    name,
    role,
    args: args as Partial<Args>,
    has: (property) => present.has(String(property)),
  };
}

const isOnlyUnknownKeys = (issue: Issue) => issue.code === "unrecognized_keys";

/** An alternative's own issues, if the value was meant to be that alternative. */
function leaves(issue: Issue, args: unknown): Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.find((alternative) => !alternative.some(isOfAnotherKind));
  if (meant !== undefined) {
    return meant.flatMap((inner) =>
      leaves({ ...inner, path: [...issue.path, ...inner.path] }, args),
    );
  }
  const choice = issue.errors.flat().find((inner) => inner.code === "invalid_value");
  const isChoice = choice !== undefined && typeof valueAt(args, issue.path) === "string";
  return [isChoice ? { ...choice, path: issue.path, message: issue.message } : issue];
}

const isOfAnotherKind = (issue: Issue) =>
  issue.path.length === 0 && issue.code !== "unrecognized_keys" && issue.code !== "too_small";

interface Place {
  name: string;
  kind: keyof typeof SHAPES;
  args: unknown;
}

function faults(issue: Issue, place: Place): System["shape"] {
  const value = valueAt(place.args, issue.path);
  const path = pathOf(place.name, ...issue.path);
  const what = `\`${pathOf(...issue.path)}\` of service \`${place.name}\``;
  const fix = `Give ${issue.message}.`;
  const fault = (rule: string, message: string, howToFix = fix): System["shape"][number] => ({
    rule,
    problem: { path, message, fix: howToFix } satisfies Problem,
  });

  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      rule: "property-unknown",
      problem: unknownProperty(key, issue.path, place),
    }));
  }
  if (value === undefined) return [fault("property-missing", `${what} is missing.`)];
  if (Array.isArray(value) && issue.code === "too_small") {
    return [
      fault("list-empty", `${what} is an empty list.`, `Give ${issue.message}, or leave it out.`),
    ];
  }
  if (issue.code === "invalid_value" && typeof value === "string") {
    const choice = `${nearest(value, issue.values.map(String))}${fix}`;
    return [fault("property-choice", `${what} is \`${value}\`.`, choice)];
  }
  if (typeof value === "number" && isNumeric(issue)) {
    return [fault("number-range", `${what} is ${value}.`)];
  }
  const plain = isDeferred(value) ? " It must be known before anything is touched." : "";
  return [fault("property-type", `${what} is ${kindOf(value)}.`, `${fix}${plain}`)];
}

function unknownProperty(key: string, path: PropertyKey[], place: Place): Problem {
  const owner =
    path.length === 0
      ? `Service \`${place.name}\``
      : `\`${pathOf(...path)}\` of service \`${place.name}\``;
  const other = place.kind === "proxy" ? "service" : "proxy";
  const isOther = path.length === 0 && Object.hasOwn(SHAPES[other].shape, key);
  const known = propertiesIn(SHAPES[place.kind], path);
  return {
    path: pathOf(place.name, ...path, key),
    message: `${owner} has no property \`${key}\`.`,
    fix: isOther
      ? `It is one of a ${other}. Remove it.`
      : `${nearest(key, known)}Remove or rename it.`,
  };
}

/** Properties that the object at a path may have. */
function propertiesIn(schema: unknown, path: PropertyKey[]): string[] {
  const [key, ...rest] = path;
  if (schema instanceof z.ZodOptional) return propertiesIn(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return propertiesIn(schema.out, path);
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => propertiesIn(option, path));
  }
  if (schema instanceof z.ZodArray) return propertiesIn(schema.element, rest);
  if (schema instanceof z.ZodRecord) return propertiesIn(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  return key === undefined
    ? Object.keys(schema.shape)
    : propertiesIn(schema.shape[String(key)], rest);
}

const isNumeric = (issue: Issue) =>
  issue.code === "too_small" ||
  issue.code === "too_big" ||
  (issue.code === "invalid_type" && ["int", "number"].includes(issue.expected));

/** What sort of value it is, without the value: it may be secret. */
function kindOf(value: unknown): string {
  if (value === null) return "`null`";
  if (isDeferred(value)) return "an output";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return `\`${value}\``;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function valueAt(root: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    root,
  );
}
