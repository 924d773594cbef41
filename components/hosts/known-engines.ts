/** The machines that a stack has made, as its last update left them: their addresses and keys are in its state alone. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { PlannedEngine } from "./inspect.ts";

/** Of each resource in a state, by URN. */
type Outputs = Record<string, { type: string; outputs: Record<string, unknown> }>;

/**
 * Engines of the stack's machines, for `inspectHosts`: of those that the program cannot know before they are made, such
 * as droplets. One that `longshore hosts forget` took out of the state is not among them.
 * @returns none before the stack's first update.
 */
export async function knownEngines(): Promise<PlannedEngine[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  // A function of Pulumi's engine, with no plugin behind it.
  const found = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { outputs?: Outputs };
  return enginesIn(found.outputs ?? {});
}

/** What a host of ours registers as `engine`. */
const ENGINE = z.object({
  ssh: z.looseObject({ user: z.string(), host: z.string(), hostKey: z.string() }),
});

/** Those that the state has a provider of. Pure. */
export function enginesIn(outputs: Outputs): PlannedEngine[] {
  const urns = Object.keys(outputs);
  return Object.entries(outputs).flatMap(([urn, { type, outputs: own }]) => {
    if (!/^longshore:hosts:\w+Host$/.test(type)) return [];
    const name = urn.split("::").at(-1) ?? "";
    const hasProvider = urns.some((each) =>
      each.endsWith(`:hosts:${type.split(":")[2]}$pulumi:providers:docker::${name}-engine`),
    );
    const { data: dockerHost } = ENGINE.safeParse(own.engine);
    return hasProvider && dockerHost !== undefined ? [{ name, dockerHost, installs: true }] : [];
  });
}
