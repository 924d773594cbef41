/** What the plugin does when Pulumi asks, by the tables of resources and look-ups. */
import { type Checked, type Problem, UNKNOWN, check, fit } from "./check.ts";
import type { AwsClient, Params } from "./client.ts";
import { type Declaration, declarationOf } from "./declarations.ts";
import { type Difference, differ } from "./diff.ts";
import { Engine, type Place, inputsOf } from "./engine.ts";
import type { Resource } from "./resource.ts";
import { LOOK_UPS } from "./tables/look-ups.ts";
import { RESOURCES } from "./tables/index.ts";

/** Arguments of a look-up that it does not take. */
export class Refused extends Error {
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(problems.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
    this.problems = problems;
  }
}

interface Was {
  state: Params;
  old: Params;
}

/** moto's. */
const ACCOUNT = "123456789012";
/** How Pulumi marks a secret on the wire. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

export class Provider {
  readonly #client: AwsClient;
  readonly #engine: Engine;
  readonly #place: Place;

  /** @param config of the provider, of which the region alone is used: all else is the environment's. */
  constructor(client: AwsClient, { region = process.env.AWS_REGION }: Params) {
    if (typeof region !== "string") throw new Error("Missing region configuration: set aws:region");
    this.#client = client;
    this.#place = { region, account: ACCOUNT };
    this.#engine = new Engine(client, this.#place);
  }

  check(type: string, name: string, given: Params, old: Params | undefined): Checked {
    const { table, declared } = this.#find(type);
    return check(name, declared.inputs, table, given, old);
  }

  diff(type: string, { state, old }: Was, wanted: Params, ignored: string[]): Difference {
    const { table, declared } = this.#find(type);
    const found = differ(declared, table, state, old, wanted);
    const counts = (name: string) => !ignored.includes(name);
    return {
      ...found,
      changed: found.changed.filter(counts),
      replaces: found.replaces.filter(counts),
    };
  }

  async create(
    type: string,
    inputs: Params,
    isPreview: boolean,
  ): Promise<{ id: string; state: Params }> {
    const { table, declared } = this.#find(type);
    if (isPreview) return { id: "", state: this.#engine.preview(declared, inputs) };
    const { id, state } = await this.#engine.create(table, declared, inputs);
    return { id, state: this.#sealed(table, state) };
  }

  async read(
    type: string,
    id: string,
    state: Params,
    inputs: Params,
  ): Promise<{ state: Params; inputs: Params } | undefined> {
    const { table, declared } = this.#find(type);
    const found = await this.#engine.read(table, declared, id, inputs, state);
    if (found === undefined) return undefined;
    const now = inputsOf(declared, inputs, found);
    return { state: this.#sealed(table, found), inputs: this.#sealed(table, now) };
  }

  async update(
    type: string,
    id: string,
    was: Was,
    wanted: Params,
    ignored: string[],
    isPreview: boolean,
  ): Promise<Params> {
    const { table, declared } = this.#find(type);
    if (isPreview) return this.#engine.preview(declared, wanted, was.state);
    const { changed } = this.diff(type, was, wanted, ignored);
    const state = await this.#engine.update(table, declared, id, { ...was, wanted, changed });
    return this.#sealed(table, state);
  }

  async remove(type: string, id: string, state: Params): Promise<void> {
    await this.#engine.remove(this.#find(type).table, id, state);
  }

  /** @throws {Refused} */
  async invoke(token: string, given: Params): Promise<Params> {
    const [lookUp, declared] = [LOOK_UPS[token], declarationOf(token)];
    if (lookUp === undefined || declared === undefined)
      throw new Error(`The stand-in for AWS's plugin has no ${token}: add it to its tables`);
    const problems: Problem[] = [];
    const args = fit({ kind: "object", fields: declared.inputs }, given, "", problems) as Params;
    if (problems.length > 0) throw new Refused(problems);
    const call = (service: string, operation: string, params: Params) =>
      this.#client.call(service, operation, params);
    return { region: this.#place.region, ...(await lookUp(call, args, this.#place)) };
  }

  #find(type: string): { table: Resource; declared: Declaration } {
    const [table, declared] = [RESOURCES[type], declarationOf(type)];
    if (table === undefined || declared === undefined)
      throw new Error(`The stand-in for AWS's plugin has no ${type}: add it to its tables`);
    return { table, declared };
  }

  #sealed({ secret: names = [] }: Resource, values: Params): Params {
    const sealed = { ...values };
    for (const name of names) {
      const value = sealed[name];
      if (value !== undefined && value !== UNKNOWN) sealed[name] = secret(value);
    }
    return sealed;
  }
}
