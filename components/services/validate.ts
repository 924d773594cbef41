/** Checks a definition before anything is touched: one pure function, all problems at once. */
import { CONTAINER_RULES } from "./rules/container.ts";
import { ENVIRONMENT_RULES } from "./rules/environment.ts";
import { HEALTH_RULES } from "./rules/health.ts";
import { IMAGE_RULES } from "./rules/images.ts";
import { LINK_RULES } from "./rules/links.ts";
import { ROUTE_RULES } from "./rules/routes.ts";
import { HOST_ACCESS_RULES } from "./rules/host-access.ts";
import { PORT_RULES } from "./rules/ports.ts";
import { PROCESS_RULES } from "./rules/process.ts";
import { PROXY_RULES } from "./rules/proxy.ts";
import { RELEASE_RULES } from "./rules/release.ts";
import type { Problem, Rule } from "./rules/rule.ts";
import { STORAGE_RULES } from "./rules/storage.ts";
import { STRUCTURE_RULES } from "./rules/structure.ts";
import { TLS_RULES } from "./rules/tls.ts";
import { readSystem } from "./system.ts";

/** Everything that a definition must fulfil. */
export const RULES: readonly Rule[] = [
  ...STRUCTURE_RULES,
  ...IMAGE_RULES,
  ...LINK_RULES,
  ...PORT_RULES,
  ...ROUTE_RULES,
  ...PROXY_RULES,
  ...TLS_RULES,
  ...ENVIRONMENT_RULES,
  ...STORAGE_RULES,
  ...HEALTH_RULES,
  ...RELEASE_RULES,
  ...CONTAINER_RULES,
  ...PROCESS_RULES,
  ...HOST_ACCESS_RULES,
];

/**
 * Finds all problems of a definition. Looks at plain values only: an output passes unread, so that
 * no secret can get into a message, and is checked by the runtime once it is known.
 * @param definition what `defineServices` takes; anything else is a problem, not an error.
 * @param options.without ids of rules to leave out. Default: none.
 * @returns problems in the order of the rules; empty if there is none.
 * @example
 * validateServices({ app: app({ image, port: 80, links: ["reddis"] }), redis: cache({ image, port: 6379 }) });
 * // [{ path: "app.links[0]", message: "Link `reddis` of service `app` names no service.",
 * //    fix: "Did you mean `redis`? Known: redis." }]
 */
export function validateServices(
  definition: unknown,
  options: { without?: readonly string[] } = {},
): Problem[] {
  const system = readSystem(definition);
  return RULES.filter(({ id }) => !options.without?.includes(id)).flatMap(({ check }) => [
    ...check(system),
  ]);
}
