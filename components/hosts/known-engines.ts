/** The machines that a stack has made, as its last update left them: their addresses and keys are in its state alone. */
import { z } from "zod";
import { type StateOutputs, ownOutputs } from "../own-state.ts";
import type { PlannedEngine } from "./inspect.ts";

/**
 * Engines of the stack's machines, for `inspectHosts`: of those that the program cannot know before they are made, such
 * as droplets. Not among them: one whose machine is gone by the state, after a refresh, and one that
 * `longshore hosts forget` took out of it.
 * @returns none before the stack's first update.
 */
export async function knownEngines(): Promise<PlannedEngine[]> {
  return enginesIn(await ownOutputs());
}

/** What a host of ours registers as `engine`. */
const ENGINE = z.object({
  ssh: z.looseObject({ user: z.string(), host: z.string(), hostKey: z.string() }),
});

/** What a host is made of, and is looked at as long as both are there: its machine, and what reaches its engine. */
const PARTS = [
  /(aws:ec2\/instance:Instance|digitalocean:index\/droplet:Droplet)::(.*)-(machine|droplet)$/,
  /pulumi:providers:docker::(.*)-engine$/,
];

/** Those whose parts the state has. Pure. */
export function enginesIn(outputs: StateOutputs): PlannedEngine[] {
  const urns = Object.keys(outputs);
  return Object.entries(outputs).flatMap(([urn, { type, outputs: own }]) => {
    const [, kind] = /^longshore:hosts:(\w+Host)$/.exec(type) ?? [];
    const name = urn.split("::").at(-1) ?? "";
    const parts = urns.filter((each) => each.includes(`:${kind}$`) && each.includes(`::${name}-`));
    const isWhole = PARTS.every((part) => parts.some((each) => part.test(each)));
    const { data: dockerHost } = ENGINE.safeParse(own.engine);
    return isWhole && dockerHost !== undefined ? [{ name, dockerHost, installs: true }] : [];
  });
}
