/** Which task definition each service runs, against what the stack's state says: one that AWS rolled back is released again. */
import { getService } from "@pulumi/aws/ecs/getService.js";
import type { StateOutputs } from "../../own-state.ts";

/** A service as the last update left it. */
export interface KnownService {
  name: string;
  cluster: string;
  taskDefinition: string;
  /** What has made the last update release it again, see `repairOf`. */
  repair: string;
}

/**
 * By the service's name at AWS: a text that changes once for each update that finds something else running than what the
 * last one has asked for. Without that, an update after a failed one would change nothing and be green
 * (https://github.com/pulumi/pulumi/issues/21458).
 */
export type Repairs = Record<string, string>;

/** Asks AWS for every service that a state has. */
export async function readRepairs(outputs: StateOutputs): Promise<Repairs> {
  const repairs = await Promise.all(
    servicesIn(outputs).map(
      async (service) => [service.name, repairOf(service, await running(service))] as const,
    ),
  );
  return Object.fromEntries(repairs);
}

/** Services in a state. Pure. */
export function servicesIn(outputs: StateOutputs): KnownService[] {
  return Object.values(outputs).flatMap(({ type, outputs: own }) => {
    if (type !== "aws:ecs/service:Service") return [];
    const { name, cluster, taskDefinition, triggers } = own;
    if (![name, cluster, taskDefinition].every((text) => typeof text === "string")) return [];
    const { repair = "" } = (triggers ?? {}) as { repair?: string };
    return [{ name, cluster, taskDefinition, repair } as KnownService];
  });
}

/**
 * Pure.
 * @param runs undefined: it is not there any more, and whether it comes back is for a refresh.
 */
export function repairOf(
  { taskDefinition, repair }: KnownService,
  runs: string | undefined,
): string {
  if (runs === undefined || runs === taskDefinition) return repair;
  const revision = (arn: string) => arn.split("/").at(-1) ?? arn;
  const [, times = "0"] = /#(\d+)$/.exec(repair) ?? [];
  return `${revision(runs)} ran in place of ${revision(taskDefinition)} #${Number(times) + 1}`;
}

async function running({ name, cluster }: KnownService): Promise<string | undefined> {
  try {
    const { taskDefinition } = await getService({ serviceName: name, clusterArn: cluster });
    return taskDefinition;
  } catch (error) {
    if (/no matching|not ?found|couldn't find|empty result/i.test(String(error))) return undefined;
    throw error;
  }
}
