/** What each role is unless the definition says otherwise: safe first, and the same on every runtime. */
import type { Protocol } from "./ports.ts";
import type { RestartPolicy } from "./types.ts";

/** Settings of the container that all roles begin with. Sizes are MiB, times seconds. */
const CONTAINER = {
  /** A limit always: one leaking replica must not take the machine's memory from all others. */
  memory: 256,
  restart: { policy: "unless-stopped", maxRetries: 0 } satisfies RestartPolicy,
  /** `local` rotates by itself; `json-file` without options fills disks. */
  logging: { driver: "local", options: { "max-file": "3", "max-size": "10m" } },
  readOnlyRoot: true,
  tmpfs: [{ at: "/tmp" }],
  /** None: a process that is not root and listens on a port needs no capability. */
  capabilities: { add: [] as string[], drop: ["ALL"] },
  noNewPrivileges: true,
  stopGrace: 10,
};

const SERVICE = {
  ...CONTAINER,
  protocol: "http" as Protocol,
  replicas: 1,
  deadline: 60,
  drain: 30,
  strategy: { kind: "blue-green" } as const,
  watch: { seconds: 10, maxErrors: 5 },
  init: true,
  /** As Podman has it; Docker has none. */
  pidsLimit: 2048,
};

/**
 * Defaults of each role. Not in the table, because they follow from other settings: `healthCheck` is
 * a TCP connection where there is a port; `releaseOrder` is `stop-first` where two replicas cannot
 * live (a cache, a volume, a port on the host's network), else `start-first`.
 */
export const DEFAULTS = {
  proxy: {
    ...CONTAINER,
    memory: 128,
    port: 80,
    /** Closed to the world until opened by name. */
    bind: "127.0.0.1",
    statusPage: { port: 8404 },
    /** Where there is a certificate: none is made up. A year is what https://hstspreload.org asks for. */
    tls: {
      ...{ port: 443, redirect: true },
      hsts: { maxAge: 31_536_000, includeSubDomains: false, preload: false },
    },
    timeouts: { connect: 5, client: 60, server: 60 },
    drain: 30,
  },
  app: SERVICE,
  worker: SERVICE,
  cache: {
    ...SERVICE,
    protocol: "tcp" as Protocol,
    /** Time to write its data to disk. */
    stopGrace: 30,
  },
  /** Pace of a health check. */
  healthCheck: { interval: 2, timeout: 2, successes: 1 },
  /** A canary that says nothing more. */
  canary: { steps: [10, 50], watch: 30, maxErrors: 1, minRequests: 20 },
  /** Status of a smoke check's answer. */
  smokeCheck: { status: 200 },
  /** Share of the memory that a folder in memory may hold if it names no size. */
  tmpfsShare: 0.25,
} as const;

/** Most that a folder in memory may hold, in MiB, if it names no size. */
export function tmpfsSize(memory: number): number {
  return Math.max(1, Math.floor(memory * DEFAULTS.tmpfsShare));
}
