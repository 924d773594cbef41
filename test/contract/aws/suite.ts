/** What all contract tests of AWS do: the models, what is wrong with calls by them, and what a mapping says. */
import { beforeAll } from "vitest";
import { AwsModels, type Call } from "../../support/aws-models.ts";
import type { NamedCall } from "./calls.ts";
import { undocumented } from "./documented.ts";
import type { Mapping } from "./mappings.ts";

/** Loads the models before the file's tests. @returns them, once these run, and what finds all that is wrong with each call. */
export function awsModels() {
  let loaded: AwsModels | undefined;
  // The first time it is installed.
  beforeAll(async () => {
    loaded = await AwsModels.load();
  }, 300_000);
  const models = () => {
    if (loaded === undefined) throw new Error("the models are there when the tests run");
    return loaded;
  };
  const problems = async (calls: Call[]) => {
    const found = await models().problems(calls);
    return calls.map((call, at) => [...(found[at] ?? []), ...undocumented(models(), call)]);
  };
  /** Whether no service has an operation that a policy allows. */
  const isUnknown = (action: string) => {
    const [service = "", operation = ""] = action.split(":");
    return !models().operations(service).includes(operation);
  };
  return { models, problems, isUnknown };
}

/** Every input that mappings know, as `TYPE INPUT`, each once and sorted. */
export function inputsOf(mappings: Record<string, Mapping>): string[] {
  const inputs = Object.entries(mappings).flatMap(([type, { calls, kept }]) =>
    [kept ?? {}, ...Object.values(calls).map((call) => call.inputs)]
      .flatMap((names) => Object.keys(names))
      .map((input) => `${type} ${input}`),
  );
  return [...new Set(inputs)].sort();
}

/** What the policies in calls allow, each once. */
export function actionsOf(calls: NamedCall[]): string[] {
  const actions = calls
    .flatMap(({ params }) => [params.PolicyDocument, params.AssumeRolePolicyDocument])
    .filter((document) => typeof document === "string")
    .flatMap((document) => (JSON.parse(document) as Policy).Statement)
    .flatMap(({ Action }) => Action);
  return [...new Set(actions)];
}

interface Policy {
  Statement: { Action: string | string[] }[];
}
