/** What the system under load is told: everything that a case changes. Times in seconds. */
import type { ServiceArgs } from "../../../components/services/index.ts";

export interface ServiceSettings {
  /** Tag of the image, and what the service says in `X-Served-By`. */
  version: string;
  /** The image by digest. */
  ref: string;
  /** One of the fixture's faults, see test/fixtures/load-app/faults.mjs. */
  fault?: string;
  replicas?: number;
  /** MiB. */
  memory?: number;
  /** How requests move to the new replicas. */
  strategy?: ServiceArgs["strategy"];
  releaseOrder?: ServiceArgs["releaseOrder"];
  /** @default 0: what is watched has cases of its own */
  watch?: ServiceArgs["watch"];
  /** Seconds that a replica takes until it listens. */
  startsAfter?: number;
}

export interface SystemSettings {
  dockerHost: string;
  /** From a new replica's start to healthy. */
  deadline: number;
  /** That old replicas may finish their requests in. */
  drain: number;
  /** Seconds that app's release command takes. */
  commandTakes?: number;
  /** Characters of a line that app's release command prints. */
  commandPrints?: number;
  /** MiB of memory that must stay free on the host. */
  reserve?: number;
  /** Of the stack's network, if its links are to do without the engine's name server. */
  subnet?: string;
  proxy: {
    image: { ref: string; tag: string };
    port: number;
    statusPort: number;
    serverTimeout: number;
    /** A setting of its container alone. */
    cpus?: number;
    /** HTTPS; its key becomes a secret. */
    tls?: { certificate: string; key: string; port: number; hsts?: { maxAge: number } } | undefined;
  };
  app: ServiceSettings;
  dnmonster: ServiceSettings;
  /** Never released by these cases: it holds the counts. */
  counter: ServiceSettings;
  cache: ServiceSettings;
  /** A worker that nobody calls; absent until a case adds it. */
  extra?: ServiceSettings;
}

/** Defaults of the system under load. */
export const SYSTEM_DEFAULTS = {
  deadline: 8,
  /** Two seconds more than a download takes. */
  drain: 12,
  serverTimeout: 60,
};
