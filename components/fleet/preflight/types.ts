/** What the preflight is told on standard input, and what it prints on standard output. Plain JSON. */
import type { NamedEngine } from "../../engine/address.ts";

/** One service's replicas on one host, as they shall be. */
export interface WantedService {
  name: string;
  /** The image by digest: `repository@sha256:…`. */
  image: string;
  /** Changes with anything that makes new containers of it. */
  definition: string;
  order: "start-first" | "stop-first";
  /** Replica by replica: one new replica at a time. */
  ramped: boolean;
  replicas: number;
  /** Limit of a replica, in bytes. */
  memory: number;
}

/** What must stay free on each host, in bytes. */
export interface Reserve {
  memory: number;
  disk: number;
}

export interface PreflightRequest {
  /** Value of the label `longshore.stack` on all of the stack's containers. */
  stack: string;
  /** Tells the stack's state from others of the same name. Absent: whose the hosts are is not asked. */
  identity?: string;
  /** Owner of a host that belongs to another state, as the program found it; changes the input alone. */
  foreign?: string;
  reserve: Reserve;
  hosts: (NamedEngine & { services: WantedService[] })[];
}

/** What was found, kept in the state: the next run compares definitions with it. */
export interface PreflightReport {
  /** Service → definition. */
  definitions: Record<string, string>;
  /**
   * In bytes; what is undefined could not be looked at. Needed is the most that the new replicas may use, or where there
   * is no room for that, what they will by what the old ones use now.
   */
  hosts: Record<string, { neededMemory: number; availableMemory: number; freeDisk?: number }>;
}
