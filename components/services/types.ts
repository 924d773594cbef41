/**
 * What runtimes read: the definition with every default filled in and in a stable order. Where a
 * property can still be `undefined`, its comment says what that means. Sizes are MiB, times seconds.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { HostAccess } from "./host-access.ts";
import type { Link, Ports } from "./ports.ts";
import type { Process } from "./process.ts";
import type { Tls } from "./tls.ts";

/** What `defineServices` returns: what to run, without a word on where. */
export interface Services {
  /** All services but the proxy, dependencies first; among equals by name. */
  readonly list: readonly Service[];
  /** The same services by name, in the order of the names. */
  readonly byName: Readonly<Record<string, Service>>;
  /** The way in from outside; `undefined` if the definition has no proxy. */
  readonly proxy: Proxy | undefined;
}

/** What a container may use and do, the same for services and the proxy. */
export interface Container {
  /** The service's name: a DNS label. */
  readonly name: string;
  /** Most memory the container may use, in MiB; a container that wants more is killed. */
  readonly memory: number;
  /** Most CPU time it may use, in cores, e.g. `0.5`; `undefined` is no limit. */
  readonly cpus: number | undefined;
  /** What happens when the container exits. */
  readonly restart: RestartPolicy;
  /** Where its output goes. */
  readonly logging: Logging;
  /** `name`, `uid` or `uid:gid`; `undefined` is the image's own user. */
  readonly user: string | undefined;
  /** Whether the container's root file system cannot be written. */
  readonly readOnlyRoot: boolean;
  /** Folders in memory, by path. */
  readonly tmpfs: readonly Tmpfs[];
  /** Linux capabilities without the prefix `CAP_`, sorted; dropped first, then added. */
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  /** Whether setuid programs are kept from gaining rights. */
  readonly noNewPrivileges: boolean;
  /** Signal that asks the container to end, e.g. `SIGTERM`; `undefined` is the image's own. */
  readonly stopSignal: string | undefined;
  /** Seconds from the stop signal to SIGKILL. */
  readonly stopGrace: number;
}

/** One service: a container image, run in one or more replicas. */
export interface Service extends Container, Ports, Process, HostAccess {
  readonly role: "app" | "worker" | "cache";
  /** The image by digest, and the tag that people read. */
  readonly image: Image;
  /** Arguments of the image's entry point; `undefined` is the image's own command. */
  readonly command: readonly string[] | undefined;
  /**
   * The container's environment, by name: what the definition gives, the variables of
   * each link, and `NAME_FILE` of each secret delivered as a file. Secrets delivered as environment
   * variables are not in here.
   */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** By name. */
  readonly secrets: readonly Secret[];
  /** By what they lead to. */
  readonly links: readonly Link[];
  /** Replicas in all, over the whole runtime. */
  readonly replicas: number;
  readonly placement: Placement;
  /** How a replica proves that it can serve. */
  readonly healthCheck: HealthCheck;
  /** Seconds from a new replica's start to healthy, after which a release has failed. */
  readonly deadline: number;
  /** Seconds that an old replica may finish its requests in, after the switch. */
  readonly drain: number;
  /** How a new version is watched after the switch. */
  readonly watch: Watch;
  /** `start-first`: the new replica runs before the old one stops. `stop-first`: the other way, with brief downtime. */
  readonly releaseOrder: ReleaseOrder;
  /** How requests move to the new replicas of a start-first service. */
  readonly strategy: Strategy;
  /** Requests that a new version must answer as told, before the switch and after it. */
  readonly smokeChecks: readonly SmokeCheck[];
  /** Cookie that keeps a client with one replica; `undefined`: any replica may answer any request. */
  readonly sticky: { readonly cookie: string } | undefined;
  /** Command run once in the new image before a release switches anything; `undefined` is none. */
  readonly releaseCommand: readonly string[] | undefined;
  /** Storage that outlives the container, by path. */
  readonly volumes: readonly Volume[];
  /** `stack`: the stack's own network. `host`: the machine's. `none`: no network. */
  readonly networkMode: NetworkMode;
}

/** The way in: takes requests on public ports and passes them to services. */
export interface Proxy extends Container {
  readonly role: "proxy";
  /** Its image; `undefined` leaves the choice to the runtime. */
  readonly image: Image | undefined;
  /**
   * Most specific first: named domains before any domain, then longer paths before shorter, then those
   * with a condition before those without.
   */
  readonly routes: readonly Route[];
  /** Public port for HTTP. */
  readonly port: number;
  /** HTTPS; `undefined` is HTTP alone. */
  readonly tls: Tls | undefined;
  /** Address of the machine that the ports are open on. */
  readonly bind: string;
  /** The status page, always on 127.0.0.1; `undefined` if switched off. */
  readonly statusPage: { readonly port: number } | undefined;
  readonly timeouts: ProxyTimeouts;
  /** The longest, in seconds, that a reloaded proxy goes on with the connections it had. */
  readonly drain: number;
  /** Status → HTML that visitors get where the proxy itself must answer; by status. */
  readonly errorPages: Readonly<Record<string, string>>;
}

/** An image as a build leaves it: pinned, and with a name for people. `TestedImage` is one. */
export interface ImageReference {
  /** `repository@sha256:…`: the very bytes to run. */
  ref: pulumi.Input<string>;
  /** Tag people read, e.g. a commit. Never `latest`. */
  tag: pulumi.Input<string>;
}

/** An image reference whose both parts are outputs. */
export type Image = { readonly [Part in keyof ImageReference]: pulumi.Output<string> };

/** A value that stays encrypted in state and is never printed. */
export interface Secret {
  readonly name: string;
  /** Always a secret output. */
  readonly value: pulumi.Output<string>;
  /** `file`: in `/run/secrets/NAME`, with `NAME_FILE` in the environment. `env`: as variable `NAME`. */
  readonly as: "file" | "env";
}

/** How a replica proves that it can serve. */
export type HealthCheck =
  | (HealthTiming & {
      readonly kind: "http";
      /** Path of the request, e.g. `/health`. */
      readonly path: string;
      /** The statuses that are healthy, growing; `undefined` is any from 200 to 399. */
      readonly status?: readonly number[] | undefined;
      /** Name in lower case → value, by name; a Host is the service's name unless it is here. */
      readonly requestHeaders: Readonly<Record<string, string>>;
    } & CheckedPort)
  | (HealthTiming & { readonly kind: "tcp" } & CheckedPort)
  /** Run in the container; exit code 0 is healthy. */
  | (HealthTiming & { readonly kind: "command"; readonly command: readonly string[] })
  /** Still running this many seconds after its start, without a restart. */
  | { readonly kind: "running"; readonly seconds: number };

export interface CheckedPort {
  /** Name of the port that is checked; absent: the main one. */
  readonly port?: string;
}

/** Pace of a health check. */
export interface HealthTiming {
  /** Seconds between two checks. */
  readonly interval: number;
  /** Seconds that one check may take. */
  readonly timeout: number;
  /** Successes in a row that make a replica healthy. */
  readonly successes: number;
}

/** A new version after the switch, while the old one stays ready to take over again. */
export interface Watch {
  /** 0 is no watch. */
  readonly seconds: number;
  /** Most percent of the requests that may fail. */
  readonly maxErrors: number;
}

/** How requests move from the old replicas to the new ones. */
export type Strategy =
  /** All at once, by one switch. */
  | { readonly kind: "blue-green" }
  /** Replica by replica. */
  | { readonly kind: "ramped" }
  /** By share of the requests, watched, and rolled back if the new replicas do worse than allowed. */
  | {
      readonly kind: "canary";
      /** Percent, growing, below 100. */
      readonly steps: readonly number[];
      /** Seconds that each step is watched. */
      readonly watch: number;
      /** Most percent of a step's requests that may fail. */
      readonly maxErrors: number;
      /** Most milliseconds that answers may take on average; `undefined` is no limit. */
      readonly maxLatency?: number | undefined;
      /** Fewer requests than this in a step are too few to judge by, and end the release. */
      readonly minRequests: number;
    };

/** A `GET` that a new version must answer as told. */
export interface SmokeCheck {
  readonly path: string;
  readonly status: number;
  /** Of the request: name in lower case → value, by name. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Of the answer: name in lower case → exact value, by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** First bytes of the answer, one character a byte; `undefined` is any. */
  readonly startsWith?: string | undefined;
}

export interface RestartPolicy {
  readonly policy: RestartPolicyName;
  /** Most restarts in a row with `on-failure`; 0 is no limit, and all that other policies know. */
  readonly maxRetries: number;
}

export interface Logging {
  readonly driver: string;
  /** By name. */
  readonly options: Readonly<Record<string, string>>;
}

/** A folder in memory, gone with its container. */
export interface Tmpfs {
  readonly at: string;
  /** Most it can hold, in MiB; what it holds counts as the container's memory. */
  readonly size: number;
}

/** Storage that outlives its container. */
export interface Volume {
  readonly name: string;
  /** Folder in the container. */
  readonly at: string;
}

/** Where replicas run. */
export type Placement =
  /** Spread evenly over all hosts. */
  | { readonly kind: "anywhere" }
  /** At least one replica on each host. */
  | { readonly kind: "everywhere" }
  /** Spread evenly over the named hosts. */
  | { readonly kind: "hosts"; readonly hosts: readonly string[] };

/** Requests for `domain` and below `path` go to service `to`. */
export interface Route {
  /** In lower case; `undefined` is any. */
  readonly domain?: string | undefined;
  /** Begins with `/`; ends with it only if it is `/`. */
  readonly path: string;
  /** Only requests with exactly this cookie or header; `undefined` is all. Header names in lower case. */
  readonly when?: RouteCondition | undefined;
  readonly to: string;
  /** Name of the service's port; absent: the main one. */
  readonly port?: string;
}

export type RouteCondition =
  | { readonly cookie: string; readonly value: string }
  | { readonly header: string; readonly value: string };

/** In seconds. */
export interface ProxyTimeouts {
  /** To open a connection to a service. */
  readonly connect: number;
  /** Silence of a client. */
  readonly client: number;
  /** Silence of a service. */
  readonly server: number;
}

export type Role = "proxy" | "app" | "worker" | "cache";
export type NetworkMode = "stack" | "host" | "none";
export type ReleaseOrder = "start-first" | "stop-first";
export type RestartPolicyName = "no" | "on-failure" | "unless-stopped" | "always";
