/** Where tasks run. */
export { EcsNetwork, type EcsNetworkArgs } from "./ecs-network.ts";
export { EC2_ENDPOINTS, FARGATE_ENDPOINTS } from "./endpoints.ts";
