/** Runtime 2: the same services on a cluster of Amazon ECS. */
export { EcsCluster, type EcsClusterArgs } from "./cluster/ecs-cluster.ts";
export type { Machines } from "./cluster/machines.ts";
export type { DomainArgs } from "./entry/certificate.ts";
export { EcsLoadBalancer, type EcsLoadBalancerArgs } from "./entry/load-balancer.ts";
export { helperContext } from "./helper-context.ts";
export { EC2_ENDPOINTS, FARGATE_ENDPOINTS } from "./network/endpoints.ts";
export { EcsNetwork, type EcsNetworkArgs } from "./network/ecs-network.ts";
export * from "./observe/index.ts";
export { EcrRepository, type EcrRepositoryArgs } from "./registry/ecr-repository.ts";
export type { ScalingArgs } from "./system/scaling.ts";
export { type EcsServing, readServing } from "./system/serving.ts";
export { EcsSystem, type EcsSystemArgs } from "./system/system.ts";
