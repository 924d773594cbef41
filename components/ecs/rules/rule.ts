/** What a rule of ECS is, and what it looks at. */
import type { Service, Services } from "../../services/index.ts";
import type { Problem } from "../../services/rules/rule.ts";
import type { Capacity } from "../task/types.ts";

export interface EcsOptions {
  capacity: Capacity;
  names: { project: string; stack: string };
  /** Whether the load balancer gets a certificate beside the definition's own. */
  certificate: boolean;
  /** Whether there is a helper image. */
  helperImage: boolean;
  /** Names of caches that ElastiCache runs in place of a task. */
  elastiCache: readonly string[];
  /** Whether there is an image of a log router (FireLens). Default: none. */
  logRouter?: boolean;
  /** How ECS moves requests to new tasks. Default: it replaces them one by one. */
  strategy?: "ROLLING" | "BLUE_GREEN" | "LINEAR" | "CANARY";
}

/** A definition on its way to ECS. */
export interface EcsSystemView extends Pick<Services, "byName" | "proxy"> {
  /** The services that become tasks. */
  tasks: readonly Service[];
  /** Those that ElastiCache runs. */
  caches: readonly Service[];
  options: EcsOptions;
}

/** One thing that a definition must fulfil for ECS. */
export interface EcsRule {
  /** Name of the rule, e.g. `ecs-placement`. */
  id: string;
  /** What it demands, in one sentence. */
  about: string;
  /** Finds all breaches. */
  check: (view: EcsSystemView) => Iterable<Problem>;
}

/** A rule on each task by itself: what is wrong with it, if anything, without the names that all messages begin with. */
export function forTasks(
  id: string,
  about: string,
  check: (service: Service, options: EcsOptions) => Iterable<Problem>,
): EcsRule {
  return {
    id,
    about,
    *check({ tasks, options }) {
      for (const service of tasks) yield* check(service, options);
    },
  };
}
