/** Machines: how they are reached. */
export type { Host } from "./host.ts";
export { LocalHost, type LocalHostArgs } from "./local-host.ts";
export { EngineError, type EngineFacts, portHolder, probeEngine } from "./probe.ts";
export { type InspectedHost, type InspectLocalArgs, inspectLocalHost } from "./inspect-local.ts";
