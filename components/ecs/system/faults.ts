/** What is wrong with the arguments of a system on ECS, beside what its definition cannot be there. Pure. */
import type { Services } from "../../services/index.ts";
import type { ScalingArgs } from "./scaling.ts";

/** What is looked at. */
export interface SystemChoices {
  services: Services;
  scaling?: Record<string, ScalingArgs> | undefined;
  elastiCache?: Record<string, string> | undefined;
}

/** Most replicas of a service by default: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const MOST_TASKS = 5000;

/** @returns lines, each with the property and what to do. */
export function findSystemFaults({
  services,
  scaling = {},
  elastiCache = {},
}: SystemChoices): string[] {
  return [
    ...services.list
      .filter(({ releaseCommand }) => releaseCommand !== undefined)
      .map(
        ({ name }) =>
          `\`${name}.releaseCommand\` is not run on ECS yet: run it by itself before the update, and remove it`,
      ),
    ...Object.entries(scaling).flatMap(([name, args]) => scalingFaults(services, name, args)),
    ...Object.entries(elastiCache).flatMap(([name, type]) => cacheFaults(services, name, type)),
    ...Object.keys(scaling)
      .filter((name) => name in elastiCache)
      .map(
        (name) => `\`scaling.${name}\`: ElastiCache runs it: remove this, or its \`elastiCache\``,
      ),
  ];
}

function scalingFaults(services: Services, name: string, args: ScalingArgs): string[] {
  const at = `\`scaling.${name}\``;
  const service = services.byName[name];
  if (service === undefined) return [`${at} is no service. There are: ${namesOf(services)}`];
  const { min, max, cpu, memory, requests } = args;
  const counts = [min, max].every(
    (count) => Number.isInteger(count) && count >= 1 && count <= MOST_TASKS,
  );
  const percents = { cpu, memory };
  return [
    ...(counts ? [] : [`${at}: \`min\` and \`max\` must be whole numbers from 1 to ${MOST_TASKS}`]),
    ...(counts && min > max ? [`${at}: \`min\` must be at most \`max\``] : []),
    ...([cpu, memory, requests].every((measure) => measure === undefined)
      ? [`${at} has no measure: give \`cpu\`, \`memory\` or \`requests\``]
      : []),
    ...Object.entries(percents)
      .filter(([, percent]) => percent !== undefined && !(percent > 0 && percent <= 100))
      .map(([measure]) => `${at}: \`${measure}\` must be percent, from 1 to 100`),
    ...(requests !== undefined && !(requests > 0)
      ? [`${at}: \`requests\` must be above 0, a minute and replica`]
      : []),
    ...(requests !== undefined && !hasRoute(services, name)
      ? [
          `${at}: \`requests\` are counted by the load balancer, and no route leads to \`${name}\`: remove it`,
        ]
      : []),
    ...(service.releaseOrder === "stop-first"
      ? [`${at}: \`${name}\` is released stop-first, since two replicas cannot live: remove this`]
      : []),
  ];
}

function cacheFaults(services: Services, name: string, nodeType: string): string[] {
  const at = `\`elastiCache.${name}\``;
  const service = services.byName[name];
  if (service === undefined) return [`${at} is no service. There are: ${namesOf(services)}`];
  return [
    ...(service.role === "cache" ? [] : [`${at}: \`${name}\` is no cache: remove this`]),
    ...(service.links.length === 0
      ? []
      : [
          `${at}: \`${name}\` has links, and ElastiCache calls nobody: remove this, or \`${name}.links\``,
        ]),
    ...(service.secrets.length === 0
      ? []
      : [
          `${at}: \`${name}\` has secrets, which ElastiCache is not given: remove this, or \`${name}.secrets\``,
        ]),
    ...(Object.keys(service.ports).length === 0
      ? []
      : [`${at}: ElastiCache has one port: remove this, or \`${name}.ports\``]),
    ...(service.endpoint?.linkPort === undefined ||
    service.endpoint.linkPort === service.endpoint.port
      ? []
      : [`${at}: ElastiCache has one port: remove \`${name}.linkPort\``]),
    ...(hasRoute(services, name)
      ? [`${at}: a route leads to \`${name}\`: remove this, or the route`]
      : []),
    ...(/^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(nodeType)
      ? []
      : [`${at} must be the type of its nodes, e.g. \`cache.t4g.micro\``]),
  ];
}

function hasRoute({ proxy }: Services, name: string): boolean {
  return (proxy?.routes ?? []).some(({ to }) => to === name);
}

function namesOf({ list }: Services): string {
  return list.map(({ name }) => `\`${name}\``).join(", ");
}
