/** Whether a host can hold old and new replicas together: a pure function of what was found there. */
import { byName } from "../../order.ts";
import type { Reserve, WantedService } from "./types.ts";

const MIB = 1024 * 1024;
/** A new replica may need this much more than an old one uses now. */
export const GROWTH = 1.25;
/** What a replica of a service that does not serve yet is counted with, if its limit is not lower. */
export const UNKNOWN_COPY = 64 * MIB;
/** Containers named in a refusal. */
const BIGGEST = 5;

/** A running replica of a service on a host. */
export interface RunningCopy {
  container: string;
  /** Digests of its image. */
  digests: string[];
  /** Its limit in bytes. */
  limit?: number;
  /** Bytes in use; absent: not asked, and counted with what it may use. */
  uses?: number;
}

/** What a host was found to be. */
export interface HostFacts {
  /** Bytes that new processes can have: all of the machine's where nothing of the stack runs yet. */
  availableMemory: number;
  /** Bytes; undefined if nothing of the stack runs there that could look. */
  freeDisk?: number;
  /** Service → its running replicas. */
  running: Record<string, RunningCopy[]>;
  /** Container → bytes, all that run on the engine; empty: not asked. */
  users: Map<string, number>;
}

/** The new replicas of a service that are there beside the old ones. */
export interface NewCopies {
  service: string;
  count: number;
  /** Bytes that each is counted with. */
  each: number;
}

/**
 * The replicas that start beside what runs, and what they need.
 * @param previous service → definition at the last run: another one means new containers.
 */
export function newCopies(
  services: WantedService[],
  running: HostFacts["running"],
  previous: Record<string, string>,
): NewCopies[] {
  return services.flatMap((service) => {
    const old = running[service.name] ?? [];
    const changed =
      (previous[service.name] ?? service.definition) !== service.definition ||
      old.some((replica) => !runs(replica, service));
    const all = service.ramped && old.length > 0 ? 1 : service.replicas;
    const count = old.length === 0 || changed ? all : Math.max(0, service.replicas - old.length);
    // The old replica has stopped when the new one starts.
    if (count === 0 || (service.order === "stop-first" && old.length > 0)) return [];
    const estimate =
      old.length === 0
        ? UNKNOWN_COPY
        : Math.max(...old.map(({ uses = service.memory }) => uses)) * GROWTH;
    const each = Math.ceil(Math.min(service.memory, estimate));
    return [{ service: service.name, count, each }];
  });
}

function runs(replica: RunningCopy, { image, memory }: WantedService): boolean {
  const digest = image.slice(image.indexOf("@") + 1);
  return replica.digests.some((known) => known.endsWith(`@${digest}`)) && replica.limit === memory;
}

/** What `replicas` need together, in bytes. */
export function neededMemory(replicas: NewCopies[]): number {
  return replicas.reduce((sum, { count, each }) => sum + count * each, 0);
}

/** Why the host cannot take the new replicas; empty if it can. */
export function refusals(
  host: string,
  replicas: NewCopies[],
  facts: HostFacts,
  reserve: Reserve,
): string[] {
  if (replicas.length === 0) return [];
  const needed = neededMemory(replicas) + reserve.memory;
  const memory =
    needed <= facts.availableMemory
      ? []
      : [
          [
            `host \`${host}\` has not enough memory for old and new replicas together: ` +
              `${mib(needed)} needed, ${mib(facts.availableMemory, Math.floor)} available.`,
            `    New replicas: ${replicas.map(describe).join(", ")}`,
            ...biggest(facts.users),
            "    What to do: release replica by replica (ramped), lower the services' memory, end what is " +
              "not needed there, or use a host with more memory.",
          ].join("\n"),
        ];
  const disk =
    facts.freeDisk === undefined || facts.freeDisk >= reserve.disk
      ? []
      : [
          [
            `host \`${host}\` has not enough disk space for new images: ` +
              `${mib(facts.freeDisk, Math.floor)} are free, and ${mib(reserve.disk)} must be.`,
            "    What to do: remove what is not used there (`docker image prune -a`, `docker system df` " +
              "shows how much that is), or use a larger disk.",
          ].join("\n"),
        ];
  return [...memory, ...disk];
}

function describe({ service, count, each }: NewCopies): string {
  return `${service} ${count} × ${mib(each)}`;
}

function biggest(users: Map<string, number>): string[] {
  const first = [...users]
    .sort(([x, a], [y, b]) => b - a || byName(x, y))
    .slice(0, BIGGEST)
    .map(([name, bytes]) => `${name} ${mib(bytes)}`);
  return first.length === 0 ? [] : [`    Biggest users now: ${first.join(", ")}`];
}

/** What is needed is rounded up, what is there is rounded down. */
function mib(bytes: number, round = Math.ceil): string {
  return `${round(bytes / MIB)} MiB`;
}
