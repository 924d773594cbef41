/** What the system under load is told: everything that a case changes. Times in seconds. */
import type { SshHostArgs } from "../../../components/hosts/index.ts";
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
  /** Runs on these, with app on each, in place of the engine at `dockerHost`. */
  machines?: Record<string, SshHostArgs>;
  /** Service → the one of the machines that has it. */
  places?: Record<"dnmonster" | "counter" | "cache", string>;
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
  /** On machines that share a computer with whoever deploys. */
  machinesDeadline: 20,
  /** Two seconds more than a download takes. */
  drain: 12,
  serverTimeout: 60,
};

/** What a case changes: any setting, the services' as far as they differ. */
export type Change = Partial<
  Record<"app" | "dnmonster" | "cache", Partial<ServiceSettings>> & {
    deadline: number;
    proxy: Partial<Omit<SystemSettings["proxy"], "port">>;
    commandTakes: number;
    commandPrints: number;
    reserve: number;
    /** Undefined takes it away again. */
    extra: ServiceSettings | undefined;
  }
>;

/** What a new system wants: everything at v1. */
export function firstSettings(
  parts: { app: string; proxy: string; port: number; statusPort: number } & Pick<
    SystemSettings,
    "dockerHost" | "drain" | "subnet" | "machines" | "places"
  >,
): SystemSettings {
  const { app: ref, proxy, port, statusPort, ...more } = parts;
  const hosts = Object.keys(more.machines ?? {}).length;
  const { deadline, machinesDeadline, serverTimeout } = SYSTEM_DEFAULTS;
  return {
    ...more,
    deadline: hosts === 0 ? deadline : machinesDeadline,
    proxy: { image: { ref: proxy, tag: "v1" }, port, statusPort, serverTimeout },
    app: { version: "v1", ref, replicas: hosts === 0 ? 2 : hosts },
    dnmonster: { version: "v1", ref },
    counter: { version: "v1", ref },
    cache: { version: "v1", ref },
  };
}
