/**
 * AWS's own models of its APIs, as botocore ships them: what is wrong with a call, told by botocore's validator, and by a
 * check of what that leaves out (values, patterns, lengths, ranges). Nothing is sent to AWS.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { isRecord } from "../../components/services/values/maps.ts";
import { BOTOCORE, installPython } from "./python.ts";

export interface Call {
  /** As botocore names it. @example "ec2" */
  service: string;
  /** @example "RunInstances" */
  operation: string;
  params: Record<string, unknown>;
}

/** Part of a model that describes values. Only what is used here. */
export interface Shape {
  type: string;
  enum?: string[];
  pattern?: string;
  min?: number;
  max?: number;
  members?: Record<string, Reference>;
  member?: Reference;
  documentation?: string;
}

interface Reference {
  shape: string;
  documentation?: string;
}

interface Model {
  operations: Record<string, { input: { shape: string } }>;
  shapes: Record<string, Shape>;
}

export class AwsModels {
  readonly #python: string;
  readonly #data: string;
  readonly #models = new Map<string, Model>();

  private constructor(folder: string, data: string) {
    this.#python = join(folder, "bin/python3");
    this.#data = data;
  }

  /**
   * @param folder of a virtual environment that has botocore. Default: one of its own.
   * @throws if botocore is not there and cannot be installed.
   */
  static async load(folder?: string): Promise<AwsModels> {
    folder ??= await installPython(`test-${BOTOCORE}`, [BOTOCORE]);
    const [data] = globSync("lib/python3*/site-packages/botocore/data", { cwd: folder });
    if (data === undefined) throw new Error(`${folder} has no models of botocore: remove it`);
    return new AwsModels(folder, join(folder, data));
  }

  /** Names of all regions of all partitions. */
  regions(): string[] {
    const { partitions } = this.#read("partitions.json") as {
      partitions: { regions: Record<string, unknown> }[];
    };
    return partitions.flatMap(({ regions }) => Object.keys(regions));
  }

  operations(service: string): string[] {
    return Object.keys(this.#model(service).operations);
  }

  shape(service: string, name: string): Shape {
    const shape = this.#model(service).shapes[name];
    if (shape === undefined) throw new Error(`${service} has no ${name}`);
    return shape;
  }

  /** What the model says in words of a parameter, whose path has `*` for any place in a list. */
  documentation(service: string, operation: string, path: string): string {
    let shape = this.input(service, operation);
    let words = "";
    for (const part of path.split(".")) {
      const next: Reference | undefined = part === "*" ? shape.member : shape.members?.[part];
      if (next === undefined) throw new Error(`${operation} has no ${path}`);
      shape = this.shape(service, next.shape);
      words = next.documentation ?? shape.documentation ?? "";
    }
    return words.replaceAll("&amp;", "&").replaceAll(/\s+/g, " ");
  }

  /** A line for each thing that is wrong with each call. */
  async problems(calls: Call[]): Promise<string[][]> {
    const script = join(import.meta.dirname, "param_validator.py");
    const { stdout } = await execa(this.#python, [script], { input: JSON.stringify(calls) });
    const reports = JSON.parse(stdout) as string[];
    return calls.map(({ service, operation, params }, index) => [
      ...lines(reports[index]).map((line) => `${operation}: ${line}`),
      ...this.limits({ service, operation, params }),
    ]);
  }

  /** A line for each value that is not one of the known ones, or breaks a pattern, length or range. */
  limits({ service, operation, params }: Call): string[] {
    return this.#limits(service, this.input(service, operation), params, operation);
  }

  /** What the validator does not look at. Unknown parameters and wrong types are its own business. */
  #limits(service: string, shape: Shape, value: unknown, path: string): string[] {
    const within = (name: string, part: unknown, at: string) =>
      this.#limits(service, this.shape(service, name), part, `${path}.${at}`);
    if (shape.type === "structure" && isRecord(value)) {
      return Object.entries(value).flatMap(([name, part]) => {
        const member = shape.members?.[name];
        return member === undefined ? [] : within(member.shape, part, name);
      });
    }
    if (shape.type === "list" && Array.isArray(value)) {
      const { member } = shape;
      return [
        ...range(shape, value.length, `${path} has`, " entries"),
        ...value.flatMap((part, at) => (member ? within(member.shape, part, String(at)) : [])),
      ];
    }
    if (typeof value === "string") {
      return [
        ...range(shape, [...value].length, `${path} has`, " characters"),
        ...(shape.enum?.includes(value) === false ? [`${path} is not known: ${value}`] : []),
        ...(matches(shape.pattern, value) ? [] : [`${path} does not match ${shape.pattern}`]),
      ];
    }
    return typeof value === "number" ? range(shape, value, `${path} is`) : [];
  }

  /** What an operation takes. */
  input(service: string, operation: string): Shape {
    const found = this.#model(service).operations[operation];
    if (found === undefined) throw new Error(`${service} has no operation ${operation}`);
    return this.shape(service, found.input.shape);
  }

  #model(service: string): Model {
    let model = this.#models.get(service);
    if (model === undefined) {
      const [file] = globSync(`${service}/*/service-2.json.gz`, { cwd: this.#data })
        .sort()
        .reverse();
      if (file === undefined) throw new Error(`botocore has no model of ${service}`);
      model = this.#read(file) as Model;
      this.#models.set(service, model);
    }
    return model;
  }

  #read(file: string): unknown {
    const bytes = readFileSync(join(this.#data, file));
    return JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  }
}

function range({ min, max }: Shape, size: number, what: string, unit = ""): string[] {
  if (size >= (min ?? -Infinity) && size <= (max ?? Infinity)) return [];
  const most = max === undefined ? "or more" : `to ${max}`;
  return [`${what} ${size}${unit}, and may have ${min ?? 0} ${most}`];
}

function matches(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined) return true;
  const whole = `^(?:${pattern})$`;
  try {
    return new RegExp(whole, "u").test(value);
  } catch {
    // Some have what only the older syntax takes.
    return new RegExp(whole).test(value);
  }
}

function lines(text = ""): string[] {
  return text.split("\n").filter((line) => line !== "");
}
