/** Machines: how they are reached. */
export type { Host } from "./host.ts";
export { LocalHost, type LocalHostArgs } from "./local-host.ts";
export { EngineError, type EngineFacts, portHolder, probeEngine } from "./probe.ts";
export type { FirewallArgs } from "./firewall/types.ts";
export type { DockerArgs, DockerOrigin, DockerRepository } from "./install/types.ts";
export {
  type InspectArgs,
  type InspectedHost,
  type PlannedEngine,
  type WantedPort,
  inspectHosts,
} from "./inspect.ts";
export { knownEngines } from "./known-engines.ts";
export { SshHost, type SshHostArgs } from "./ssh-host.ts";
export { SimulatedBalancer, type BalancerArgs } from "./simulated/balancer.ts";
export { machineContext } from "./simulated/context.ts";
export { type FoundMachine, type MachineLook, lookAtMachines } from "./simulated/look.ts";
export { siteOf } from "./simulated/types.ts";
export { SimulatedHost, type SimulatedHostArgs } from "./simulated/simulated-host.ts";
export { SimulatedSite, type SimulatedSiteArgs } from "./simulated/simulated-site.ts";
