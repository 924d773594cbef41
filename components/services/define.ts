/** How a system is written down: one function a role, and one that puts them together. */
import * as pulumi from "@pulumi/pulumi";
import type { ServiceArgs } from "./args.ts";
import { normalise } from "./normalise/normalise.ts";
import type { Services } from "./types.ts";
import { validateServices } from "./validate.ts";
import type { Definition } from "./definition.ts";
import type { ProxyArgs } from "./proxy-args.ts";

/**
 * The way in: takes requests from outside and passes them to services by domain and path.
 * Defaults: `DEFAULTS.proxy`.
 * @example proxy({ routes: [{ domain: "shop.example.com", to: "app" }], bind: "0.0.0.0" })
 */
export function proxy(args: ProxyArgs): { role: "proxy" } & ProxyArgs {
  return { ...args, role: "proxy" };
}

/**
 * A service that answers requests, mostly from outside. Needs a port. Defaults: `DEFAULTS.app`.
 * @example app({ image, port: 9090, replicas: 2, links: ["redis"], healthCheck: { path: "/health" } })
 */
export function app(args: ServiceArgs): { role: "app" } & ServiceArgs {
  return { ...args, role: "app" };
}

/**
 * A service that works for others, or by itself without a port. Defaults: `DEFAULTS.worker`.
 * @example worker({ image, command: ["node", "mail.js"], healthCheck: { runningFor: 10 } })
 */
export function worker(args: ServiceArgs): { role: "worker" } & ServiceArgs {
  return { ...args, role: "worker" };
}

/**
 * A store that others keep data in: one replica, released stop-first, TCP. Needs a port. Defaults:
 * `DEFAULTS.cache`.
 * @example cache({ image, port: 6379, volume: { name: "redis-data", at: "/data" } })
 */
export function cache(args: ServiceArgs): { role: "cache" } & ServiceArgs {
  return { ...args, role: "cache" };
}

/**
 * What to run: checks the definition, fills in all defaults, and puts all in a stable order, ready
 * for any runtime. Creates nothing.
 * @param definition services by name.
 * @throws pulumi.InputPropertiesError that lists all problems, each with its property path and fix.
 * @example
 * const shop = defineServices({
 *   proxy: proxy({ routes: [{ to: "web" }] }),
 *   web: app({ image: webImage, port: 8080, links: ["redis"] }),
 *   redis: cache({ image: redisImage, port: 6379 }),
 * });
 * shop.list.map(({ name }) => name); // ["redis", "web"]
 */
export function defineServices(definition: Definition): Services {
  const problems = validateServices(definition);
  if (problems.length === 0) return normalise(definition);
  const lines = problems.map(
    ({ path, message, fix }) => `  - ${path === "" ? "" : `${path}: `}${message} ${fix}`,
  );
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  const error = new pulumi.InputPropertiesError({
    message: [`The services have ${count}; nothing was touched.`, ...lines].join("\n"),
    errors: problems.map(({ path, message, fix }) => ({
      propertyPath: path,
      reason: `${message} ${fix}`,
    })),
  });
  // The paths say where; a trace of this library's own code would only bury them.
  error.stack = error.message;
  throw error;
}
