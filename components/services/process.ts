/** The surroundings in which a service's process runs: what users write, and what runtimes read. */
import { sorted } from "./values/maps.ts";

/** A limit of resources: one number for both, or each. `-1` is no limit. */
export type UlimitArgs = number | { soft: number; hard: number };

export interface ProcessArgs {
  /**
   * The program that gets `command` as its arguments.
   * @default the image's own
   * @example ["/docker-entrypoint.sh"]
   */
  entrypoint?: string[];
  /**
   * A process that passes signals on and ends orphans runs first, as `docker run --init` has it.
   * @default true
   */
  init?: boolean;
  /**
   * What the container calls itself.
   * @default its id on the engine
   */
  hostname?: string;
  /**
   * Names that lead to addresses: lines of its hosts file.
   * @default {}
   * @example { "ldap.internal": "10.1.0.7" }
   */
  extraHosts?: Record<string, string>;
  /**
   * Name servers for names that are not the stack's.
   * @default the host's own
   * @example ["10.1.0.2"]
   */
  dns?: string[];
  /**
   * Limits of resources by the names of `man 5 limits.conf`.
   * @default the engine's own
   * @example { nofile: 65536, core: 0 }
   */
  ulimits?: Record<string, UlimitArgs>;
  /**
   * Settings of the kernel that a container has for itself: those of its network, of System V and POSIX queues.
   * @default {}
   * @example { "net.core.somaxconn": "1024" }
   */
  sysctls?: Record<string, string>;
  /**
   * Shared memory (`/dev/shm`), in MiB.
   * @default 64
   */
  shmSize?: number;
  /**
   * Most processes and threads that a replica may have at a time: one that starts ever more must not take the
   * machine's from all others.
   * @default 2048
   */
  pidsLimit?: number;
  /**
   * Labels of the container, for other programs. Those that begin with `longshore.` are the runtime's.
   * @default {}
   */
  labels?: Record<string, string>;
}

/** The same, with every default filled in. */
export interface Process {
  /** The program that gets `command`; `undefined` is the image's own. */
  readonly entrypoint: readonly string[] | undefined;
  /** Whether a process that passes signals on and ends orphans runs first. */
  readonly init: boolean;
  /** What the container calls itself; `undefined` is its id. */
  readonly hostname: string | undefined;
  /** Name → address, by name. */
  readonly extraHosts: Readonly<Record<string, string>>;
  /** Name servers for names that are not the stack's; none are the host's own. */
  readonly dns: readonly string[];
  /** By name; -1 is no limit. */
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  /** Settings of the kernel that a container has for itself, by name. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Shared memory, in MiB; `undefined` is the engine's 64. */
  readonly shmSize: number | undefined;
  /** Most processes and threads at a time. */
  readonly pidsLimit: number;
  /** For other programs, by name. */
  readonly labels: Readonly<Record<string, string>>;
}

export function normaliseProcess(
  args: ProcessArgs,
  defaults: Pick<Process, "init" | "pidsLimit">,
): Process {
  const ulimits = Object.entries(args.ulimits ?? {}).map(([name, limit]) => [
    name,
    typeof limit === "number" ? { soft: limit, hard: limit } : { ...limit },
  ]);
  return {
    entrypoint: args.entrypoint,
    init: args.init ?? defaults.init,
    hostname: args.hostname,
    extraHosts: sorted<string>(args.extraHosts ?? {}),
    dns: args.dns ?? [],
    ulimits: sorted<{ soft: number; hard: number }>(Object.fromEntries(ulimits) as never),
    sysctls: sorted<string>(args.sysctls ?? {}),
    shmSize: args.shmSize,
    pidsLimit: args.pidsLimit ?? defaults.pidsLimit,
    labels: sorted<string>(args.labels ?? {}),
  };
}
