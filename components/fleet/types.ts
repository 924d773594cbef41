/**
 * What a release is told, what it remembers on each host, and what it reports.
 * Plain JSON: the request travels as the standard input of one process, the memory is a file
 * beside the proxy's configuration, the report is the process's standard output.
 */
import type { NamedEngine } from "../engine/address.ts";
import type { LedgerRequest } from "../releases/types.ts";
import type { Maintenance } from "../releases/maintenance.ts";
import type {
  Endpoint,
  HealthCheck,
  Hsts,
  Route,
  SmokeCheck,
  Strategy,
} from "../services/index.ts";

/** One version of a service on one host as the proxy serves it. */
export interface Slot {
  /** What people call the version: the image's tag. */
  tag: string;
  /** Names of the containers, resolved by the engine's DNS. */
  servers: string[];
  /** Where they listen; absent for a worker that serves nobody. */
  endpoint?: Endpoint;
  /** Their other ports, by name; absent: none. */
  ports?: Readonly<Record<string, Endpoint>>;
  health: HealthCheck;
  /** Cookie that keeps a client with one replica; absent: any replica may answer. */
  sticky?: string;
}

export type SlotName = "a" | "b";

/** A service's two slots on one host. The proxy sends everything to `active`. */
export interface ServiceState {
  active: SlotName;
  a: Slot | null;
  b: Slot | null;
  /** Percent of the requests that go to the standby slot, during a canary or ramped release. */
  canary?: number;
  /**
   * Servers that the proxy has for each slot; those that a slot does not use are disabled, so that fewer replicas, or
   * as many as there were once, need no reload. Absent: as many as each slot has.
   */
  size?: number;
}

/** A service that a host has no replica of: its proxy passes what is for it on to the proxies of hosts that have. */
export interface RemoteService {
  /** Private addresses of those hosts, in the stack's order. */
  at: string[];
  endpoint: Endpoint;
  /** Its other ports, by name; absent: none. */
  ports?: Readonly<Record<string, Endpoint>>;
  /** During a release: where links will reach it besides. */
  coming?: Pick<RemoteService, "endpoint" | "ports">;
}

/** HTTPS at the proxy; its certificate is told apart, so that another one needs no reload. */
export interface TlsSettings {
  /** Port inside the proxy's container. */
  port: number;
  /** The one that visitors know. */
  publicPort: number;
  /** Whether requests by HTTP are sent there. */
  redirect: boolean;
  /** Absent: browsers are told nothing. */
  hsts?: Hsts;
}

/** A certificate as the proxies are given it. */
export interface Certificate {
  /** Names it, see `HostState.certificate`. */
  fingerprint: string;
  /** PEM without comments and empty lines: the site's own first. */
  chain: string;
  /** PEM, PKCS #8. Secret. */
  key: string;
}

/** What the proxy's configuration depends on besides the services. Times in seconds. */
export interface ProxySettings {
  routes: readonly Route[];
  /** Ports inside the proxy's container, far from those that services choose. */
  publicPort: number;
  statusPort: number;
  /** Absent: HTTP alone. */
  tls?: TlsSettings;
  connectTimeout: number;
  clientTimeout: number;
  serverTimeout: number;
  /** The longest that a reloaded proxy goes on with the connections it had. */
  drainTimeout: number;
  /** HTTP status → HTML that the proxy answers with when it has no answer of a service. */
  errorPages: Record<string, string>;
}

/** A host's memory: written before the proxy is told, so that a restarted proxy serves the same. */
export interface HostState {
  /** Number of the last release that was tried here: grows, and a lower one is refused. */
  release: number;
  /** Number of the last release that came to its end. */
  settled?: number;
  /** The last release that the stack's state knew of when that one began. */
  settledFrom?: number;
  /** The proxy's container. */
  proxy?: string;
  /** The forwarder's container. Absent: the proxy's has the ports, as before there were forwarders. */
  forwarder?: string;
  settings: ProxySettings;
  /**
   * Fingerprint of the certificate that the proxy has, in a file beside this one. Absent: none, and no HTTPS whatever
   * the settings say.
   */
  certificate?: string;
  services: Record<string, ServiceState>;
  /** Services of other hosts, by name; absent: none. One that is here as well is not served here any more. */
  remote?: Record<string, RemoteService>;
  /** Whether the proxies of other hosts come here for this host's services. */
  peers?: true;
  /** Absent: the services are served. Outlives releases and restarts. */
  maintenance?: Maintenance;
  /**
   * Since when load balancers are told to send requests to other hosts (ISO 8601); absent: they are told to come. Outlives
   * releases and restarts.
   */
  draining?: string;
  /** What was broken when the last release that came to its end began, see `Serving.repair`. */
  repair?: string;
}

/** Secret files of one service, put into a volume before its containers start. */
export interface SecretFiles {
  /** The volume, named by a fingerprint of the values. */
  volume: string;
  /** A container that mounts it, whose image says which user owns the files. */
  container: string;
  /** File name → content. */
  files: Record<string, string>;
}

/** One host's share of a release. */
export interface HostRequest extends NamedEngine {
  /** The proxy's container. */
  proxy: string;
  /** The container with the published ports, which leads to the proxy. */
  forwarder: string;
  /** Service → its containers on this host. */
  containers: Record<string, string[]>;
  /** What is called on this host and has no replica here; absent: nothing. */
  remote?: Record<string, RemoteService>;
  /** Whether the proxies of other hosts come here; absent: no. */
  peers?: true;
  secrets: SecretFiles[];
}

/** One service's share of a release. Times in seconds. */
export interface ServiceRequest {
  name: string;
  tag: string;
  /** The image by digest: `repository@sha256:…`. */
  image: string;
  order: "start-first" | "stop-first";
  strategy: Strategy;
  smoke: readonly SmokeCheck[];
  /** Run once in the new image, with the service's environment and secrets, before any switch. */
  releaseCommand?: readonly string[];
  sticky?: string;
  endpoint?: Endpoint;
  /** Named ports beside it; absent: none. */
  ports?: Readonly<Record<string, Endpoint>>;
  health: HealthCheck;
  /** From a container's start to healthy. */
  deadline: number;
  /** After the switch the old replicas stay ready for so long; at most this percent of requests may fail. */
  watch: { seconds: number; maxErrors: number };
  /** From the switch to the last request on the old replicas. */
  drain: number;
  /** From SIGTERM to SIGKILL. */
  stopGrace: number;
  /** Most processes and threads of a replica; absent: the default. */
  pidsLimit?: number;
}

/** Everything that a release needs to know, given on standard input. */
export interface ReleaseRequest {
  /** Value of the label `longshore.stack` on all of the stack's containers. */
  stack: string;
  /** In link order: a service comes after those it links to. */
  services: ServiceRequest[];
  hosts: HostRequest[];
  settings: ProxySettings;
  /** Absent: HTTP alone. */
  certificate?: Certificate;
  /**
   * Number of the last release that the stack's state knows of. A host that has settled later ones is
   * left alone: the state is old.
   */
  lastRelease?: number;
  /** Identity of the stack's state, which a host's record must belong to. Absent: any may release. */
  identity?: string;
  /** What does not run and should, as the program saw it; see `Serving.repair`. */
  repair?: string;
  /** Numbers of the releases that can be brought back: their images stay on the hosts. Absent: all do. */
  keep?: number[];
  /** Absent: the release is not remembered. */
  ledger?: LedgerRequest;
}
