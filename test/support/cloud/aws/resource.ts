/** How a type of resource is made real: the calls of AWS's API that its inputs go to, and where its outputs come from. */
import type { Params } from "./client.ts";

/** What calls are made of. */
export interface At {
  id: string;
  inputs: Params;
  /** The outputs as they were read last; while it is made: none. */
  state: Params;
  region: string;
  account: string;
}

export type Call = (operation: string, params: Params, service?: string) => Promise<Params>;

interface Request {
  operation: string;
  /** By default that of the resource. */
  service?: string;
}

/** A call beside the one that makes it: of some inputs, when they are given at first, or change. */
export interface Setting extends Request {
  of: string[];
  /** @default both */
  when?: "create" | "update";
  /** Of these inputs those that changed, or all that are given, are in the call beside `params`. @default none */
  with?: "changed" | "given";
  /** Several: one call each. */
  params: (at: At) => Params | Params[];
}

export interface Reading extends Request {
  params: (at: At) => Params;
  /** Where in the answer it is (`.` leads on; numbers are places in lists); undefined: it is gone. */
  pick: string | ((answer: Params, at: At) => Params | undefined);
}

/** Where an input goes: a parameter's path, or parameters by path as they are sent. */
export type Target = string | ((value: never) => Params);

export interface Resource {
  /** As botocore names it. */
  service: string;
  /** `name` is made of the resource's where none is given, with so many characters at most. */
  named?: number;
  /** Inputs that are filled in where they are not given. */
  defaults?: Params;
  /** What is filled in within inputs. */
  fill?: (inputs: Params) => Params;
  /** Inputs whose change needs another resource: `ForceNew` in the schemas of terraform-provider-aws. */
  replace: string[];
  /** More of them, which depend on what is there and what is wanted. */
  replaceAlso?: (old: Params, wanted: Params) => string[];
  /** Where inputs go, and outputs come from, that AWS calls by other names: by path without places in lists. */
  names?: Record<string, Target>;
  /** Inputs that are in no call: they are the provider's own, or settings' business alone. */
  kept?: string[];
  /** Inputs that AWS takes and does not give back. */
  unread?: string[];
  /** Inputs that are JSON: the same in another order of keys, or with other spaces, is no change. */
  json?: string[];
  /** Outputs that are secret. */
  secret?: string[];
  create: Request & {
    /** Parameters that are no inputs. */
    add?: (at: At) => Params;
    /** Another call, where the inputs want it. */
    instead?: (at: At) => { operation: string; params: Params } | undefined;
    id: (answer: Params, at: At) => string;
  };
  settings?: Setting[];
  read: Reading[];
  /** Outputs that are not in what is read under their names. */
  outputs?: (data: Params, at: At) => Params;
  remove: (Request & { params: (at: At) => Params | Params[] })[];
  /** What tags are put on. Default: they are inputs of its calls, or it has none. */
  tagged?: (at: At) => string;
  /** Waits until what was asked for is so. */
  wait?: (call: Call, at: At, what: "create" | "update" | "remove") => Promise<void>;
}

/** A value by its path. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const part of path.split(".")) found = (found as Params | undefined)?.[part];
  return found;
}

export const text = (value: unknown): string => (typeof value === "string" ? value : "");
/** The last part of an ARN or a path. */
export const lastOf = (value: unknown): string => text(value).split("/").at(-1) ?? "";

/** Tags as EC2 takes them when something is made. */
export const specified = (ResourceType: string) => (value: Record<string, string>) => ({
  TagSpecifications: [
    { ResourceType, Tags: Object.entries(value).map(([Key, Value]) => ({ Key, Value })) },
  ],
});

/** A record without some of its entries. */
export const without = (values: Params, ...names: string[]): Params =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
