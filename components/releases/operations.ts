/**
 * What can be asked of a stack that runs, whatever runs it: the command line knows nothing else of a
 * runtime. Each runtime has its own implementation.
 */
import type { Maintenance } from "./maintenance.ts";

/** One of a service's containers. */
export interface ReplicaName {
  host: string;
  service: string;
  /** Counts from 1 on each host. */
  replica: number;
}

export interface ReplicaStatus extends ReplicaName {
  version: string;
  container: string;
  /** `running`, `stopped`, `restarting`, `missing`. */
  state: string;
  /** `healthy`, `unhealthy (L4CON)`, or `-` where nothing checks. */
  health: string;
  /** ISO 8601; when it was started. */
  since: string | null;
}

export interface HostMaintenance {
  host: string;
  /** Null: the services are served. */
  maintenance: Maintenance | null;
}

/** A host as a whole. */
export interface HostStatus extends HostMaintenance {
  release: number;
  /** Since when load balancers are told to send requests to other hosts (ISO 8601); null: they are told to come. */
  draining: string | null;
  /** `running`, `stopped`. */
  proxy: string;
}

/** What visitors ask of a host. */
export interface Visitors {
  /** Requests since its proxy was started or reloaded. */
  requests: number;
  /** Requests, and streams, that it is answering now. */
  inFlight: number;
}

/** What a replica prints. */
export interface ReplicaLog {
  name: ReplicaName;
  /** Passes its last `tail` lines on, and with `follow` those to come until `signal` says stop. */
  read(
    options: { tail: number; follow: boolean; signal: AbortSignal },
    print: (line: string) => void,
  ): Promise<void>;
}

/** Where a command's input comes from and its output goes. */
export interface CommandStreams {
  stdin: boolean;
  /** Whether that is a terminal. */
  tty: boolean;
  /** Passes everything through until the command has ended; `resize` tells it the terminal's size. */
  connect(
    stream: NodeJS.ReadWriteStream,
    resize: (size: { h: number; w: number }) => Promise<unknown>,
  ): Promise<void>;
}

export interface CommandRequest {
  service: string;
  command: string[];
  /** @default any host that has a replica which runs */
  host?: string;
  streams: CommandStreams;
}

/** A service or host that the stack does not have. */
export class NotThere extends Error {
  override readonly name = "NotThere";
}

/** `note`: not as demanded, and explained. */
export type AuditResult = "pass" | "note" | "warn";

/** What an audit found at one container, or at an engine. */
export interface AuditFinding {
  host: string;
  /** A container's name, or `engine`. */
  subject: string;
  /** Its number in the CIS Docker Benchmark, or a word. */
  check: string;
  /** What is demanded. */
  demand: string;
  result: AuditResult;
  /** What was found, or why it is so; may be empty. */
  detail: string;
}

export interface Operations {
  status(): Promise<{ hosts: HostStatus[]; replicas: ReplicaStatus[] }>;
  /** Containers that should serve and are gone: somebody removed them, and Pulumi does not know it yet. */
  missing(): Promise<string[]>;
  /** @throws NotThere naming the services there are. */
  logs(service: string | undefined): Promise<ReplicaLog[]>;
  /** Runs a command in a replica that runs. Returns its exit code. @throws NotThere */
  exec(request: CommandRequest): Promise<number>;
  /**
   * Runs a command in a container of its own, with a service's image, environment, secrets and network,
   * but not its data. Returns its exit code. @throws NotThere
   */
  runOnce(request: CommandRequest): Promise<number>;
  maintenance(): Promise<HostMaintenance[]>;
  /** Undefined switches it off. */
  setMaintenance(wanted: Maintenance | undefined): Promise<HostMaintenance[]>;
  /**
   * Tells load balancers to send requests to other hosts than this one, or to come again.
   * @param since ISO 8601; undefined ends it. @throws NotThere naming the hosts there are.
   */
  setDraining(host: string, since: string | undefined): Promise<void>;
  /** Without the checks of a load balancer. @throws NotThere */
  visitors(host: string): Promise<Visitors>;
  /** How safely the stack's containers and engines are set up. */
  audit(): Promise<AuditFinding[]>;
  /** What images must be built for, e.g. `linux/amd64`. */
  platforms(): Promise<{ host: string; platform: string }[]>;
}
