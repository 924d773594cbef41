/** What a definition must fulfil to run on ECS: one pure function, all problems at once, before anything is touched. */
import type { Services } from "../../services/index.ts";
import { CONTAINER_RULES } from "./container.ts";
import { ENTRY_RULES } from "./entry.ts";
import { NETWORK_RULES } from "./network.ts";
import { PROCESS_RULES } from "./process.ts";
import { RELEASE_RULES } from "./release.ts";
import type { EcsOptions, EcsRule } from "./rule.ts";

export type { EcsOptions, EcsRule } from "./rule.ts";

/** Everything that ECS asks of a definition beside what all runtimes do. */
export const ECS_RULES: readonly EcsRule[] = [
  ...PROCESS_RULES,
  ...CONTAINER_RULES,
  ...NETWORK_RULES,
  ...RELEASE_RULES,
  ...ENTRY_RULES,
];

/**
 * Finds what cannot be mapped to ECS.
 * @param without ids of rules to leave out. Default: none.
 * @returns a line for each, with its property's path, what is wrong and what to do, in the order of the rules.
 */
export function findEcsFaults(
  services: Services,
  options: EcsOptions,
  { without = [] }: { without?: readonly string[] } = {},
): string[] {
  const isCache = ({ name }: { name: string }) => options.elastiCache.includes(name);
  const view = {
    ...{ byName: services.byName, proxy: services.proxy, options },
    tasks: services.list.filter((service) => !isCache(service)),
    caches: services.list.filter(isCache),
  };
  return ECS_RULES.filter(({ id }) => !without.includes(id))
    .flatMap(({ check }) => [...check(view)])
    .map(({ path, message, fix }) => `\`${path}\`: ${message} ${fix}`);
}
