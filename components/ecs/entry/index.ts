/** The way in from outside. */
export type { DomainArgs } from "./certificate.ts";
export type { DeclaredRule } from "./listeners.ts";
export { EcsLoadBalancer, type EcsLoadBalancerArgs } from "./load-balancer.ts";
export type { Target, TargetCheck } from "./targets.ts";
