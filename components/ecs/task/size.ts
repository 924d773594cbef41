/** How large a task is: what all of its containers may use, and on Fargate the size that AWS has for that. */
import type { Service } from "../../services/index.ts";
import { HELPER_MEMORY, hasCheckHelper, hasFileSecrets } from "./helpers.ts";
import { LOG_ROUTER } from "./logs.ts";
import type { Capacity } from "./types.ts";

/** CPU units of a core. */
export const CORE = 1024;
/** Of a service that has no limit of its own: in cores. */
const DEFAULT_CPUS = 0.25;
/**
 * What AWS's proxy for links needs at least, in MiB ("Amazon ECS Service Connect components", Amazon ECS Developer Guide).
 * It shares the task's CPU.
 */
const CONNECT_MEMORY = 64;
/** CPU units of a task on instances: botocore's model of RegisterTaskDefinition. */
const EC2_CPU = { least: 128, most: 196_608 };

/** What a task may use. */
export interface Size {
  /** CPU units: 1024 are a core. */
  cpu: number;
  /** MiB. */
  memory: number;
}

/** Memory that Fargate has for each CPU: from, to and in steps of, in MiB (botocore's model of RegisterTaskDefinition). */
const FARGATE: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: steps(1024, 4096, 1024),
  1024: steps(2048, 8192, 1024),
  2048: steps(4096, 16_384, 1024),
  4096: steps(8192, 30_720, 1024),
  8192: steps(16_384, 61_440, 4096),
  16_384: steps(32_768, 122_880, 8192),
};

/** All sizes of tasks on Fargate, smallest first: by CPU, then by memory. */
export const FARGATE_SIZES: readonly Size[] = Object.entries(FARGATE).flatMap(([cpu, memories]) =>
  memories.map((memory) => ({ cpu: Number(cpu), memory })),
);

/** What all containers of a service's task may use together. */
export function neededSize(service: Service): Size {
  const helpers = [hasFileSecrets(service), hasCheckHelper(service)].filter(Boolean).length;
  const isConnected = service.links.length > 0 || service.endpoint !== undefined;
  return {
    cpu: Math.ceil((service.cpus ?? DEFAULT_CPUS) * CORE),
    memory:
      service.memory +
      helpers * HELPER_MEMORY +
      (isConnected ? CONNECT_MEMORY : 0) +
      (service.logging.driver === LOG_ROUTER.driver ? LOG_ROUTER.memory : 0),
  };
}

/** The smallest size of Fargate that holds `needed`; undefined if none does. */
export function fargateSize(needed: Size): Size | undefined {
  return FARGATE_SIZES.find(({ cpu, memory }) => cpu >= needed.cpu && memory >= needed.memory);
}

/**
 * A task definition's `cpu` and `memory`, as texts of units and MiB.
 * @throws RangeError if Fargate has no task that large: `findEcsFaults` tells so before.
 */
export function taskSize(service: Service, capacity: Capacity): { cpu: string; memory: string } {
  const needed = neededSize(service);
  const size =
    capacity === "fargate"
      ? fargateSize(needed)
      : { ...needed, cpu: Math.min(Math.max(needed.cpu, EC2_CPU.least), EC2_CPU.most) };
  if (size === undefined) throw new RangeError(`Fargate has no task for service ${service.name}`);
  return { cpu: String(size.cpu), memory: String(size.memory) };
}

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

/** For people. @example sizeText({ cpu: 256, memory: 512 }) // "0.25 vCPU and 512 MiB" */
export function sizeText({ cpu, memory }: Size): string {
  return `${cpu / CORE} vCPU and ${memory} MiB`;
}
