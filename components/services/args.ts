/**
 * What users write. Sizes are MiB, times seconds. Values that live in the container (environment,
 * secrets, images) can be outputs; all else is plain, so that it is checked before anything is touched.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { NetworkMode, ReleaseOrder, RestartPolicyName, Tmpfs, Volume } from "./types.ts";
import type { ImageReference } from "./types.ts";
import type { HostAccessArgs } from "./host-access.ts";
import type { PortsArgs } from "./ports.ts";
import type { ProcessArgs } from "./process.ts";

/** Settings of the container, the same for services and the proxy. */
export interface ContainerArgs {
  /**
   * Most memory a replica may use, in MiB, at least 6. A replica that wants more is killed.
   * @default 256; a proxy 128
   */
  memory?: number;
  /**
   * Most CPU time a replica may use, in cores, from 0.01 to 512.
   * @default no limit: replicas share what there is
   * @example 0.5
   */
  cpus?: number;
  /**
   * What happens when the container exits. `on-failure` tries again without end, `on-failure:5`
   * (or `{ policy: "on-failure", maxRetries: 5 }`) five times in a row.
   * @default "unless-stopped"
   */
  restart?: RestartText | { policy: RestartPolicyName; maxRetries?: number };
  /**
   * Where the output goes: a driver that Docker knows, and its options.
   * @default { driver: "local", options: { "max-size": "10m", "max-file": "3" } }
   * @example { driver: "syslog", options: { "syslog-address": "udp://127.0.0.1:514" } }
   */
  logging?: { driver: string; options?: Record<string, string> };
  /**
   * Who runs the process: `name`, `uid`, `name:group` or `uid:gid`.
   * @default the image's own user
   * @example "1000:1000"
   */
  user?: string;
  /**
   * Keeps the container from writing to its root file system; folders it must write to are volumes
   * or `tmpfs`.
   * @default true
   */
  readOnlyRoot?: boolean;
  /**
   * Folders in memory, each with its largest size in MiB (a quarter of `memory` if not given). What
   * they hold counts as the container's memory.
   * @default [{ at: "/tmp" }]
   */
  tmpfs?: (Pick<Tmpfs, "at"> & Partial<Tmpfs>)[];
  /**
   * Linux capabilities, without the prefix `CAP_`: all in `drop` are taken, then those in `add` given.
   * @default { drop: ["ALL"], add: [] }
   * @example { add: ["NET_BIND_SERVICE"] }
   */
  capabilities?: { add?: string[]; drop?: string[] };
  /**
   * Keeps setuid programs from gaining rights.
   * @default true
   */
  noNewPrivileges?: boolean;
  /**
   * Signal that asks the process to end.
   * @default the image's own, else SIGTERM
   * @example "SIGQUIT"
   */
  stopSignal?: string;
  /**
   * Seconds from the stop signal to SIGKILL, from 1 to 3600.
   * @default 10; a cache 30
   */
  stopGrace?: number;
}

/** What a service is. Only `image` is required, `port` too for an app and a cache. */
export interface ServiceArgs extends ContainerArgs, PortsArgs, ProcessArgs, HostAccessArgs {
  /**
   * The image, by digest: `repository@sha256:…` (with a tag between, if people shall read one), an
   * output of that, or an `ImageReference` such as a `TestedImage`.
   */
  image: string | pulumi.Output<string> | ImageReference;
  /**
   * Arguments of the image's entry point, one list item each.
   * @default the image's own command
   * @example ["node", "worker.js", "--queue", "mail"]
   */
  command?: string[];
  /**
   * Environment variables.
   * @default {}
   */
  environment?: Record<string, pulumi.Input<string>>;
  /**
   * Values that stay encrypted in state and are never printed, by name. Delivered as the file
   * `/run/secrets/NAME` with its path in `NAME_FILE`, or, with `as: "env"`, as a variable.
   * @default {}
   * @example { SESSION_KEY: config.requireSecret("sessionKey"), TOKEN: { value: token, as: "env" } }
   */
  secrets?: Record<string, pulumi.Input<string> | SecretArgs>;
  /**
   * Names of services that this one calls. Each is reached by its name, and its name and port are in
   * the environment: `REDIS_HOST`, `REDIS_PORT`. `api:grpc` leads to one of its named ports, too: `API_GRPC_HOST`,
   * `API_GRPC_PORT`.
   * @default []
   */
  links?: string[];
  /**
   * Replicas in all, over the whole runtime, from 1 to 1000.
   * @default 1
   */
  replicas?: number;
  /**
   * Where replicas run: `anywhere` (spread evenly), `everywhere` (at least one on each host), or on
   * named hosts.
   * @default "anywhere"
   * @example { hosts: ["web-1", "web-2"] }
   */
  placement?: "anywhere" | "everywhere" | { hosts: string[] };
  /**
   * How a replica proves that it can serve: one of `path` (HTTP), `tcp`, `command` and `runningFor`.
   * @default { tcp: true } for a service with a port; one without must say
   * @example { path: "/health" }
   */
  healthCheck?: HealthCheckArgs;
  /**
   * Seconds from a new replica's start to healthy, from 1 to 3600; then the release has failed.
   * @default 60
   */
  deadline?: number;
  /**
   * Seconds that an old replica may finish its requests in after the switch, from 0 to 86400.
   * @default 30
   */
  drain?: number;
  /**
   * How long a new version is watched after the switch, while the old one stays ready to take over again:
   * seconds from 0 (not at all) to 600, or with the errors that are allowed meanwhile.
   * @default { seconds: 10, maxErrors: 5 }
   * @example { seconds: 60, maxErrors: 1 }
   */
  watch?: number | WatchArgs;
  /**
   * Whether a new replica starts before the old one stops, or after (with brief downtime).
   * @default "start-first"; "stop-first" where two replicas cannot live: a cache, a volume, a port on
   * the host's network
   */
  releaseOrder?: ReleaseOrder;
  /**
   * How requests move from the old replicas to the new ones: `blue-green` (all at once, by one switch),
   * `ramped` (replica by replica), or `canary` (share by share, watched).
   * @default "blue-green"
   * @example { canary: { steps: [5, 25, 50], watch: 60, maxErrors: 0.5, maxLatency: 300 } }
   */
  strategy?: "blue-green" | "ramped" | { canary: CanaryArgs };
  /**
   * Requests that a new version must answer as told, before the switch and again after it.
   * @default []
   * @example [{ path: "/", headers: { "content-type": "text/html" }, startsWith: "<!doctype html>" }]
   */
  smokeChecks?: SmokeCheckArgs[];
  /**
   * Keeps each client with one replica while that replica is up, by a cookie of this name.
   * @default any replica may answer any request
   * @example { cookie: "replica" }
   */
  sticky?: { cookie: string };
  /**
   * Command run once in the new image before a release switches anything, e.g. a migration. It runs
   * at least once per release, so it must be safe to run again.
   * @default none
   * @example ["node", "migrate.js"]
   */
  releaseCommand?: string[];
  /**
   * Storage that outlives the container. A service with a volume has one replica and is released
   * stop-first.
   * @default none
   * @example { name: "redis-data", at: "/data" }
   */
  volume?: Volume | Volume[];
  /**
   * `stack`: the stack's own network, where links work. `host`: the machine's. `none`: no network.
   * @default "stack"
   */
  networkMode?: NetworkMode;
}

/** A secret with its way of delivery. */
export interface SecretArgs {
  value: pulumi.Input<string>;
  /** @default "file" */
  as?: "file" | "env";
}

/** Exactly one of `path`, `tcp`, `command` and `runningFor`. */
export interface HealthCheckArgs {
  /** Healthy if `GET path` answers. @example "/health" */
  path?: string;
  /** The statuses that are healthy, with `path`. @default any from 200 to 399 @example [200, 204] */
  status?: number | number[];
  /**
   * Headers of the request, with `path`: frameworks that look at the Host header refuse the service's name.
   * @default { host: the service's name }
   * @example { host: "shop.example.com" }
   */
  requestHeaders?: Record<string, string>;
  /** Healthy if the port takes a connection. */
  tcp?: true;
  /** Name of the port that is checked, with `path` or `tcp`. @default the main one @example "metrics" */
  port?: string;
  /** Healthy if this command, run in the container, exits with 0. */
  command?: string[];
  /** Healthy if it still runs this many seconds after its start: the weakest proof there is. */
  runningFor?: number;
  /** Seconds between two checks, from 1 to 300. @default 2 */
  interval?: number;
  /** Seconds one check may take, from 1 to 300. @default 2 */
  timeout?: number;
  /** Successes in a row that make a replica healthy, from 1 to 20. @default 1 */
  successes?: number;
}

/** A canary as a whole lasts at most 600 s. */
export interface CanaryArgs {
  /** Percent of the requests that go to the new version, growing, from 1 to 99. @default [10, 50] */
  steps?: number[];
  /** Seconds that each step is watched, from 1 to 600. @default 30 */
  watch?: number;
  /** Most percent of a step's requests that may fail, from 0 to 100. @default 1 */
  maxErrors?: number;
  /** Most milliseconds that answers may take on average, from 1 to 60000. @default no limit */
  maxLatency?: number;
  /** Fewer requests than this in a step end the release, from 1 to 1000000. @default 20 */
  minRequests?: number;
}

/** A `GET` and its answer. */
export interface SmokeCheckArgs {
  /** @example "/login" */
  path: string;
  /** @default 200 */
  status?: number;
  /** Headers of the request. @default { host: the service's name } @example { host: "shop.example.com" } */
  requestHeaders?: Record<string, string>;
  /** Headers of the answer, each with its exact value. @default {} */
  headers?: Record<string, string>;
  /** First bytes of the answer, a character each. @default any @example "\\x89PNG" */
  startsWith?: string;
}

/** How a new version is watched after the switch. */
export interface WatchArgs {
  /**
   * From 0 to 600.
   * @default 10
   */
  seconds?: number;
  /**
   * Most percent of the requests that may end in a 5xx or break off, judged from 20 requests on (at the
   * end of the watch from 5). Only where HTTP is spoken.
   * @default 5
   */
  maxErrors?: number;
}

/** A restart policy in one word, as `docker run --restart` takes it. */
export type RestartText = RestartPolicyName | `on-failure:${number}`;
