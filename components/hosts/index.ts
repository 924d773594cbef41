/** Machines: how they are reached. */
export type { Host } from "./host.ts";
export { LocalHost, type LocalHostArgs } from "./local-host.ts";
export { EngineError, type EngineFacts, portHolder, probeEngine } from "./probe.ts";
export type { DockerArgs } from "./install/types.ts";
export {
  type InspectArgs,
  type InspectedHost,
  type PlannedEngine,
  type WantedPort,
  inspectHosts,
} from "./inspect.ts";
export { SshHost, type SshHostArgs } from "./ssh-host.ts";
