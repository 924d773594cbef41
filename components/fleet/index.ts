/** Runtime 1: containers on hosts, the proxy, the release. */
export { FLEET_DEFAULTS, Fleet, type FleetArgs } from "./fleet.ts";
export { proxyContext } from "./proxy-context.ts";
export type { ReleaseReport } from "./release/types.ts";
export { type Serving, readServing } from "./serving.ts";
export type { ReserveArgs } from "./preflight.ts";
