/** Makes, reads, changes and removes resources by their tables. */
import { isRecord } from "../../../../components/services/values/maps.ts";
import { UNKNOWN } from "./check.ts";
import { type AwsClient, AwsError, type Params } from "./client.ts";
import { Converter } from "./convert.ts";
import type { Declaration } from "./declarations.ts";
import { covers } from "./diff.ts";
import {
  type At,
  type Call,
  type Resource,
  type Setting,
  at as valueAt,
  without,
} from "./resource.ts";
import { TAGGING, type Tags } from "./tagging.ts";

/** It is there, and something after that failed: Pulumi keeps it and tries again. */
export class Unfinished extends Error {
  readonly id: string;
  readonly state: Params;

  constructor(id: string, state: Params, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.id = id;
    this.state = state;
  }
}

export interface Place {
  region: string;
  account: string;
}

const GONE = /NotFound|NoSuch|DoesNotExist|Inactive|NonExist|UnknownParameter|NotExist/;
const list = (value: Params | Params[]): Params[] => (Array.isArray(value) ? value : [value]);

export class Engine {
  readonly #client: AwsClient;
  readonly #place: Place;

  constructor(client: AwsClient, place: Place) {
    this.#client = client;
    this.#place = place;
  }

  /** What is known of a resource before it is made. */
  preview({ outputs }: Declaration, inputs: Params, state: Params = {}): Params {
    const known = withoutDefaults(inputs);
    const later = Object.entries(outputs)
      .filter(([name, { always }]) => always && !(name in known))
      .map(([name]): [string, unknown] => [name, state[name] ?? UNKNOWN]);
    return { ...Object.fromEntries(later), ...known };
  }

  /** @throws {Unfinished} */
  async create(
    table: Resource,
    declared: Declaration,
    given: Params,
  ): Promise<{ id: string; state: Params }> {
    const inputs = withoutDefaults(given);
    const at: At = { ...this.#place, id: "", inputs, state: {} };
    const settings = (table.settings ?? []).filter(
      ({ of, when }) => when !== "update" && of.some((name) => inputs[name] !== undefined),
    );
    const { add, instead, id, service = table.service } = table.create;
    const other = instead?.(at);
    const operation = other?.operation ?? table.create.operation;
    const { params, used } = new Converter(this.#client.models, { ...table, service }).parameters(
      operation,
      inputs,
    );
    const known = [...used, ...(table.kept ?? []), ...settings.flatMap(({ of }) => of), "region"];
    const lost = Object.keys(inputs).filter((name) => !known.includes(name));
    if (lost.length > 0) throw new Error(`no call of ${operation} has ${lost.join(", ")}`);
    merge(params, other?.params ?? add?.(at) ?? {});
    at.id = id(await this.#client.call(service, operation, params), at);
    try {
      await this.#set(settings, table, at, Object.keys(inputs));
      await table.wait?.(this.#call(table), at, "create");
      const state = await this.read(table, declared, at.id, inputs, inputs);
      if (state === undefined) throw new Error(`${at.id} is not there right after it was made`);
      return { id: at.id, state };
    } catch (error) {
      throw new Unfinished(at.id, this.#partial(declared, inputs), error);
    }
  }

  /**
   * @param state as it was read last.
   * @returns undefined if it is gone.
   */
  async read(
    table: Resource,
    { outputs }: Declaration,
    id: string,
    given: Params,
    state: Params,
  ): Promise<Params | undefined> {
    const inputs = withoutDefaults(given);
    const at: At = { ...this.#place, id, inputs, state };
    const data: Params = {};
    for (const { operation, params, pick, service = table.service } of table.read) {
      let found: Params | undefined;
      try {
        const answer = await this.#client.call(service, operation, params(at));
        found = typeof pick === "string" ? (valueAt(answer, pick) as Params) : pick(answer, at);
      } catch (error) {
        if (!(error instanceof AwsError && GONE.test(error.code))) throw error;
      }
      if (found === undefined) return undefined;
      Object.assign(data, found);
    }
    const { tags, tagsAll, ...rest } = outputs;
    const converter = new Converter(this.#client.models, table);
    const read = converter.outputs(rest, data);
    const own = Object.fromEntries(
      [...(table.kept ?? []), ...(table.unread ?? [])]
        .map((name) => [name, inputs[name] ?? state[name]] as const)
        .filter(([, value]) => value !== undefined),
    );
    const more = table.outputs?.(data, at) ?? {};
    const result: Params = { ...read, ...own, ...more, region: at.region };
    if (tagsAll !== undefined) {
      const found = await this.#tagsOf(table, at, data, converter, tagsAll.type);
      result.tagsAll = found;
      if (tags !== undefined && (Object.keys(found).length > 0 || inputs.tags !== undefined))
        result.tags = found;
    }
    return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));
  }

  /** @throws {Unfinished} where the change was asked for and has failed since. */
  async update(
    table: Resource,
    declared: Declaration,
    id: string,
    {
      old,
      state,
      wanted,
      changed,
    }: { old: Params; state: Params; wanted: Params; changed: string[] },
  ): Promise<Params> {
    const inputs = withoutDefaults(wanted);
    const at: At = { ...this.#place, id, inputs, state };
    const settings = (table.settings ?? []).filter(
      ({ of, when }) => when !== "create" && of.some((name) => changed.includes(name)),
    );
    const known = [...settings.flatMap(({ of }) => of), ...(table.kept ?? []), "tags"];
    const lost = changed.filter((name) => !known.includes(name));
    if (lost.length > 0) throw new Error(`no call changes ${lost.join(", ")} of ${id}`);
    await this.#set(settings, table, at, changed);
    if (changed.includes("tags")) await this.#retag(table, at, withoutDefaults(old));
    try {
      await table.wait?.(this.#call(table), at, "update");
    } catch (error) {
      throw new Unfinished(id, { ...state, ...this.#partial(declared, inputs) }, error);
    }
    const found = await this.read(table, declared, id, inputs, state);
    if (found === undefined) throw new Error(`${id} is gone`);
    return found;
  }

  async remove(table: Resource, id: string, state: Params): Promise<void> {
    const at: At = { ...this.#place, id, inputs: state, state };
    for (const { operation, params, service = table.service } of table.remove) {
      for (const each of list(params(at))) {
        try {
          await this.#client.call(service, operation, each);
        } catch (error) {
          if (!(error instanceof AwsError && GONE.test(error.code))) throw error;
        }
      }
    }
    await table.wait?.(this.#call(table), at, "remove");
  }

  #call({ service: own }: Resource): Call {
    return (operation, params, service = own) => this.#client.call(service, operation, params);
  }

  async #set(settings: Setting[], table: Resource, at: At, changed: string[]): Promise<void> {
    for (const { of, operation, params, service = table.service, with: which } of settings) {
      const isIn = (name: string) =>
        of.includes(name) && (which === "given" || changed.includes(name));
      const inputs = Object.fromEntries(Object.entries(at.inputs).filter(([name]) => isIn(name)));
      const converter = new Converter(this.#client.models, { ...table, service });
      const converted = which === undefined ? {} : converter.parameters(operation, inputs).params;
      for (const each of list(params(at))) {
        const sent = structuredClone(converted);
        merge(sent, each);
        await this.#client.call(service, operation, sent);
      }
    }
  }

  async #tagsOf(
    table: Resource,
    at: At,
    data: Params,
    converter: Converter,
    type: Declaration["outputs"][string]["type"],
  ): Promise<Tags> {
    const { service, tagged } = table;
    const reading =
      tagged === undefined ? undefined : TAGGING[service]?.read?.(tagged(withRead(at, data)));
    const tags =
      reading === undefined
        ? (data.Tags ?? data.tags ?? data.TagSet)
        : reading.pick(await this.#client.call(service, reading.operation, reading.params));
    const { found } = converter.outputs({ found: { type, always: true } }, { found: tags ?? [] });
    return (isRecord(found) ? found : {}) as Tags;
  }

  async #retag(table: Resource, at: At, old: Params): Promise<void> {
    const { service, tagged = ({ id }) => id } = table;
    const tagging = TAGGING[service];
    if (tagging === undefined) throw new Error(`tags of ${service} are in no table`);
    const of = tagged(at);
    const tags = (at.inputs.tags ?? {}) as Tags;
    const gone = Object.keys((old.tags ?? {}) as Tags).filter((key) => !(key in tags));
    const calls = [
      ...(gone.length > 0 ? [tagging.remove(of, gone)] : []),
      ...(Object.keys(tags).length > 0 ? [tagging.add(of, tags)] : []),
    ];
    for (const { operation, params } of calls) await this.#client.call(service, operation, params);
  }

  #partial({ outputs }: Declaration, inputs: Params): Params {
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => name in outputs));
  }
}

/** The inputs that a resource that was read would have been made with: those that were given, and what they are now. */
export function inputsOf(declared: Declaration, old: Params, state: Params): Params {
  const isNew = Object.keys(old).length === 0;
  const names = isNew ? Object.keys(declared.inputs) : Object.keys(old);
  const kept = names.map((name) => {
    const isSame = name === "__defaults" || covers(state[name], old[name]);
    return [name, isSame && !isNew ? old[name] : state[name]] as const;
  });
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

function withRead(at: At, data: Params): At {
  return { ...at, state: { ...at.state, ...data } };
}

function withoutDefaults(given: Params): Params {
  const inputs = without(given, "__defaults");
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null),
  );
}

function merge(params: Params, added: Params): void {
  for (const [name, value] of Object.entries(added)) {
    const there = params[name];
    if (isRecord(there) && isRecord(value)) merge(there, value);
    else if (value !== undefined) params[name] = value;
  }
}
