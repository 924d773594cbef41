/** What tasks run on. */
export { type CapacityProviderStrategy, EcsCluster, type EcsClusterArgs } from "./ecs-cluster.ts";
export type { Machines } from "./machines.ts";
