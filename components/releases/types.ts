/**
 * The ledger: a stack's last releases, each with all that is needed to bring it back. Plain JSON,
 * encrypted before it leaves the process that writes it (see codec.ts).
 */
import type { Proxy, Service } from "../services/index.ts";

/** An image by digest, and the tag that people read. */
export interface StoredImage {
  ref: string;
  tag: string;
}

/** A service as it was released: nothing in it waits to be known any more. */
export type StoredService = Omit<Service, "image" | "environment" | "secrets"> & {
  image: StoredImage;
  environment: Record<string, string>;
  /** Names in `environment` whose values are secret. */
  secretVariables: string[];
  secrets: { name: string; value: string; as: "file" | "env" }[];
};

/**
 * The proxy as it was released, with its routes and settings. Not its certificate, nor whether it has HTTPS: a rollback
 * brings back what a version was, and not one that has expired since.
 */
export type StoredProxy = Omit<Proxy, "image" | "tls"> & { image?: StoredImage };

/** A whole definition, values of secrets included. */
export interface Snapshot {
  /** Dependencies first. */
  services: StoredService[];
  /** Absent where the runtime has a way in of its own. */
  proxy?: StoredProxy;
}

/** What runs services; each has a folder of its own beside this one. */
export type Runtime = "fleet" | "ecs";

/** One release that succeeded. */
export interface Entry {
  /** Grows by one with each release of the stack. */
  release: number;
  /** When it was done: ISO 8601, UTC. */
  time: string;
  /** Who released: the CI's actor, git's user or the user of the computer. */
  actor: string;
  /** Commit of the project; absent without git. `dirty`: there were changes in no commit. */
  commit?: string;
  dirty: boolean;
  /** Services whose release command ran, e.g. migrations that a rollback does not undo. */
  releaseCommands: string[];
  /** Set if it brought an older release back: that one's number. */
  rollbackTo?: number;
  /** What carried it out. */
  runtime: Runtime;
  snapshot: Snapshot;
}

/** An image that a rollback has left: `up` refuses to bring it back. */
export interface BadImage {
  service: string;
  ref: string;
  tag: string;
  /** The release that was rolled back. */
  release: number;
}

/** Everything that a stack remembers of its releases. */
export interface Ledger {
  version: 2;
  /** Oldest first. */
  entries: Entry[];
  bad: BadImage[];
}

/** What a release is told about the ledger, on standard input. */
export interface LedgerRequest {
  /** 32 bytes, base64url. */
  key: string;
  /** What this release is about to do, to be remembered if it succeeds. */
  snapshot: Snapshot;
  /** Set by a rollback: the release that comes back. What serves now is marked bad. */
  rollbackTo?: number;
}

/** A ledger without any release. */
export const EMPTY_LEDGER: Ledger = { version: 2, entries: [], bad: [] };

/** What a release did, printed on standard output as JSON. */
export interface ReleaseReport {
  release: number;
  services: Record<string, { tag: string; changed: boolean; from?: string }>;
  /** Seconds from the start of the release to its last switch; absent if nothing was switched. */
  switchedAfter?: number;
}
