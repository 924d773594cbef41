/** What ECS fills in in task definitions, and refuses of them, and moto does not. */
import type { Params } from "./client.ts";
import { text } from "./resource.ts";

const GIB = 1024;
const steps = (from: number, to: number, step = GIB): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
/** Memory in MiB by CPU units: what Fargate has. */
const FARGATE: Record<string, number[]> = {
  256: [512, 1024, 2048],
  512: steps(GIB, 4 * GIB),
  1024: steps(2 * GIB, 8 * GIB),
  2048: steps(4 * GIB, 16 * GIB),
  4096: steps(8 * GIB, 30 * GIB),
  8192: steps(16 * GIB, 60 * GIB, 4 * GIB),
  16384: steps(32 * GIB, 120 * GIB, 8 * GIB),
};
const LISTS = ["environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"];

/** As `DescribeTaskDefinition` shows it. */
export function filledIn(definition: Params): Params {
  const { containerDefinitions, networkMode = "bridge" } = definition;
  const isOwn = networkMode === "awsvpc" || networkMode === "host";
  return {
    ...definition,
    networkMode,
    containerDefinitions: (containerDefinitions as Params[]).map((container) => ({
      ...{ cpu: 0, essential: true, ...Object.fromEntries(LISTS.map((name) => [name, []])) },
      ...container,
      portMappings: ((container.portMappings ?? []) as Params[]).map((port) => ({
        protocol: "tcp",
        hostPort: isOwn ? port.containerPort : 0,
        ...port,
      })),
    })),
  };
}

/** Of what moto takes and ECS does not, the first. */
export function taskFaults(definition: Params): string | undefined {
  const { cpu, memory, networkMode, requiresCompatibilities = [] } = definition;
  const containers = definition.containerDefinitions as Params[];
  const isFargate = (requiresCompatibilities as string[]).includes("FARGATE");
  if (isFargate && networkMode !== "awsvpc") return "Fargate only supports network mode ‘awsvpc’.";
  if (isFargate && !FARGATE[text(cpu)]?.includes(Number(memory)))
    return `No Fargate configuration exists for given values: ${text(cpu)} CPU, ${text(memory)} memory.`;
  if (!containers.some(({ essential = true }) => essential === true))
    return "At least one container definition must be marked as essential.";
  const names = containers.map(({ name }) => name);
  if (new Set(names).size < names.length) return "Container names must be unique.";
  for (const { name, dependsOn } of containers) {
    for (const { containerName } of (dependsOn ?? []) as Params[]) {
      if (!names.includes(containerName))
        return `Container ${text(name)} depends on ${text(containerName)}, which is not in the task.`;
    }
  }
  const isSecretWithoutRole = containers.some(
    ({ secrets = [] }) => (secrets as unknown[]).length > 0,
  );
  if (isSecretWithoutRole && definition.executionRoleArn === undefined)
    return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.";
  return undefined;
}
