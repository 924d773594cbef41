/**
 * Between the inputs and outputs of `@pulumi/aws` and the parameters and answers of AWS's API: a mechanical renaming, held
 * to both sides' types, with the table's exceptions.
 */
import { isRecord } from "../../../../components/services/values/maps.ts";
import type { AwsModels, Shape } from "../../aws-models.ts";
import type { Params } from "./client.ts";
import type { Fields, Type } from "./declarations.ts";
import type { Resource, Target } from "./resource.ts";

export class Converter {
  readonly #models: AwsModels;
  readonly #service: string;
  readonly #names: Record<string, Target>;

  constructor(models: AwsModels, { service, names }: Pick<Resource, "service" | "names">) {
    this.#models = models;
    this.#service = service;
    this.#names = names ?? {};
  }

  /**
   * The parameters of a call.
   * @returns them, and the inputs that are in them.
   */
  parameters(operation: string, inputs: Params): { params: Params; used: string[] } {
    const shape = this.#models.input(this.#service, operation);
    const params: Params = {};
    const used: string[] = [];
    for (const [name, value] of Object.entries(inputs)) {
      const target = this.#names[name] ?? memberFor(name, Object.keys(shape.members ?? {}));
      if (target === undefined || value === undefined || value === null) continue;
      if (typeof target === "function") {
        const placed = Object.entries(target(value as never));
        if (!placed.every(([path]) => this.#shapeAt(shape, path))) continue;
        for (const [path, part] of placed) place(params, path, part);
      } else {
        const at = this.#shapeAt(shape, target);
        if (at === undefined) continue;
        place(params, target, this.#toAws(at, value, name));
      }
      used.push(name);
    }
    return { params, used };
  }

  /** What of an answer is declared as an output, or as part of one. */
  outputs(fields: Fields, data: Params, before = ""): Params {
    const found: Params = {};
    for (const [name, { type }] of Object.entries(fields)) {
      const path = `${before}${name}`;
      const target = this.#names[path];
      const value =
        typeof target === "string"
          ? inData(data, target)
          : data[memberFor(name, Object.keys(data)) ?? ""];
      const converted = this.#fromAws(type, value, path);
      if (converted !== undefined) found[name] = converted;
    }
    return found;
  }

  #shapeAt(shape: Shape, path: string): Shape | undefined {
    let at: Shape | undefined = shape;
    for (const part of path.split(".")) {
      const next: { shape: string } | undefined = /^\d+$/.test(part)
        ? at?.member
        : at?.members?.[part];
      at = next && this.#models.shape(this.#service, next.shape);
    }
    return at;
  }

  #toAws(shape: Shape, value: unknown, path: string): unknown {
    const of = (reference: { shape: string } | undefined) =>
      this.#models.shape(this.#service, reference?.shape ?? "");
    switch (shape.type) {
      case "list": {
        const member = of(shape.member);
        const isPairs = isRecord(value) && pairNames(Object.keys(member.members ?? {}));
        if (isPairs) {
          const [key, content] = isPairs;
          return Object.entries(value).map(([name, part]) => ({ [key]: name, [content]: part }));
        }
        const list = Array.isArray(value) ? (value as unknown[]) : [value];
        return list.map((part) => this.#toAws(member, part, path));
      }
      case "structure": {
        const only: unknown = Array.isArray(value) ? value[0] : value;
        if (!isRecord(only)) return only;
        const sent: Params = {};
        for (const [name, part] of Object.entries(only)) {
          if (part === undefined || part === null) continue;
          const inner = `${path}.${name}`;
          const target = this.#names[inner] ?? memberFor(name, Object.keys(shape.members ?? {}));
          if (typeof target === "function") {
            Object.assign(sent, target(part as never));
            continue;
          }
          const at = target === undefined ? undefined : this.#shapeAt(shape, target);
          if (target === undefined || at === undefined)
            throw new Error(`\`${inner}\` is in no call: add it to the table of its resource`);
          place(sent, target, this.#toAws(at, part, inner));
        }
        return sent;
      }
      case "string":
        if (typeof value !== "boolean")
          return isRecord(value) ? JSON.stringify(value) : `${value as string}`;
        return toggles(shape).find((word) => isOn(word) === value) ?? String(value);
      case "integer":
      case "long":
      case "float":
      case "double":
        return typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      case "boolean":
        return typeof value === "string" ? value === "true" : value;
      default:
        return value;
    }
  }

  #fromAws(type: Type, value: unknown, path: string): unknown {
    if (value === undefined || value === null) return undefined;
    switch (type.kind) {
      case "list":
        return (Array.isArray(value) ? (value as unknown[]) : [value]).map((part) =>
          this.#fromAws(type.of, part, path),
        );
      case "map": {
        if (!Array.isArray(value)) return value;
        const [first] = value as Params[];
        const [key = "", content = ""] = pairNames(Object.keys(first ?? {})) ?? [];
        return Object.fromEntries((value as Params[]).map((each) => [each[key], each[content]]));
      }
      case "object": {
        const only: unknown = Array.isArray(value) ? value[0] : value;
        return isRecord(only) ? this.outputs(type.fields, only, `${path}.`) : undefined;
      }
      case "boolean":
        return typeof value === "string" ? isOn(value) : value;
      case "number":
        return typeof value === "string" ? Number(value) : value;
      case "string":
      case "any":
        return typeof value === "string" ? value : JSON.stringify(value);
    }
  }
}

/** AWS's name for it: in other letters, in the singular or in the plural. */
function memberFor(name: string, members: string[]): string | undefined {
  const low = name.toLowerCase();
  const forms = [
    low,
    `${low}s`,
    low.replace(/s$/, ""),
    low.replace(/ies$/, "y"),
    low.replace(/y$/, "ies"),
  ];
  for (const form of forms) {
    const found = members.find((member) => member.toLowerCase() === form);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Members of a list of pairs, such as tags and dimensions: what is the key, and what the value. */
function pairNames(members: string[]): [string, string] | undefined {
  const content = members.find((member) => member.toLowerCase() === "value");
  const key = members.find((member) => ["key", "name", "tagkey"].includes(member.toLowerCase()));
  const value = content ?? members.find((member) => member === "TagValue");
  return members.length === 2 && key !== undefined && value !== undefined
    ? [key, value]
    : undefined;
}

const isOn = (word: string) => /^(enabled|on|true)$/i.test(word);
const toggles = ({ enum: words = [] }: Shape) =>
  words.filter((word) => /^(enabled|disabled|on|off)$/i.test(word));

function inData(data: Params, path: string): unknown {
  let found: unknown = data;
  for (const part of path.split(".")) found = (found as Params | undefined)?.[part];
  return found;
}

/** Lists are added to those that are there. */
export function place(params: Params, path: string, value: unknown): void {
  const parts = path.split(".");
  const last = parts.pop() ?? "";
  let at = params;
  for (const [index, part] of parts.entries()) {
    at[part] ??= /^\d+$/.test(parts[index + 1] ?? last) ? [] : {};
    at = at[part] as Params;
  }
  const there = at[last];
  if (Array.isArray(there)) at[last] = there.concat(value);
  else if (isRecord(there) && isRecord(value)) Object.assign(there, value);
  else at[last] = value;
}
