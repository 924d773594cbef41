/**
 * One host during a release: the containers there, seen and moved. Knows nothing of proxies or plans.
 * See engine-host.ts for the real one.
 */
import type { HostInspection } from "./inspection.ts";
import type { HostNetworks } from "./networks.ts";

/** A container as the engine reports it now. */
export interface ContainerView {
  name: string;
  running: boolean;
  restarting: boolean;
  exitCode: number;
  outOfMemory: boolean;
  restarts: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** When it ended last, in the engine's words; of no meaning before it has. */
  finishedAt: string;
  labels: Record<string, string>;
  /** Its IP addresses in the networks that it is in; none while it does not run. */
  addresses: string[];
  /** Where it mounts volumes: path in the container → the volume's name. */
  mounts: Record<string, string>;
  /** Whether it has ports of the host, while it runs. */
  publishes: boolean;
  /** What others call it in its networks, besides its own name and id: network → names. */
  names: Record<string, string[]>;
}

/** A file for a container, with the numeric owner it gets. */
export interface FileEntry {
  name: string;
  content: string;
  mode: number;
  uid: number;
  gid: number;
}

/** What a command in a container printed, and how it ended. */
export interface ExecResult {
  /** -1 if it was ended. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** It was ended because it took too long, or printed too much. */
  ended?: "late" | "large";
}

/** What a command in a container may take; beyond it, it is ended. */
export interface ExecLimits {
  /** Of output. @default 16 MiB */
  bytes?: number;
  /** @default none */
  seconds?: number;
}

/** A program on the host that runs for as long as its standard input stays open. */
export interface Session {
  /** Name or id of the container that it runs in. */
  readonly container: string;
  /** Resolves when it has ended, or its connection has. */
  readonly ended: Promise<void>;
  /** The next line of its output, in the order of the calls; undefined once it has ended. */
  next(): Promise<string | undefined>;
  /** Writes a line to its input. */
  send(line: string): void;
  /** Closes its input and waits for its end, for 2 s at most. */
  close(): Promise<void>;
}

/** A program in a container of its own. */
export interface HelperSpec {
  /** What it is for: the value of its label `longshore.helper`. */
  use: string;
  /** The container whose image it is made from, and whose record it mounts. */
  like: string;
  command: readonly string[];
  /** First lines of its input. */
  input: string;
  /** It reaches the host's engine at /run/engine.sock, and may only read the record. */
  engine?: boolean;
}

/** How a command runs in a container like another one. */
export interface CommandOptions {
  /** Gets each line of output as it comes. */
  log: (line: string) => void;
  /** Tells this run from others; the command sees it as `LONGSHORE_RUN_ID`. */
  id?: string;
  /** Ends it: SIGTERM (or the container's own stop signal), then SIGKILL after `grace` seconds. */
  signal?: AbortSignal;
  /** @default 10 */
  grace?: number;
}

/** The engine does not start a container; `reason` is what it says. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly container: string;
  readonly reason: string;

  constructor(container: string, host: string, reason: string, options?: ErrorOptions) {
    super(`container \`${container}\` on host \`${host}\` cannot be started: ${reason}`, options);
    this.container = container;
    this.reason = reason;
  }
}

/** An image as the engine lists it. */
export interface HostImage {
  id: string;
  /** `repository:tag` */
  tags: string[];
  /** `repository@sha256:…` */
  digests: string[];
}

/** The images of an engine, by any reference that it knows. */
export interface ImageStore {
  list(): Promise<HostImage[]>;
  tag(ref: string, repository: string, tag: string): Promise<void>;
  /** Takes a reference away, and the image with its last one. One that is in use stays. */
  remove(ref: string): Promise<void>;
}

/** The part of a host that a release works with; tests put a fake in its place. */
export interface ReleaseHost {
  readonly name: string;
  /** What a diagnosis asks of the host. */
  readonly inspection: HostInspection;
  /** The engine's images. */
  readonly images: ImageStore;
  readonly networks: HostNetworks;
  /** The container, or undefined if there is none of that name. */
  inspect(container: string): Promise<ContainerView | undefined>;
  /** All containers that carry the stack's label, running or not. */
  list(stack: string): Promise<ContainerView[]>;
  /** Sets how many processes and threads a container may have, also when the engine starts it again. */
  limitPids(container: string, limit: number): Promise<void>;
  start(container: string): Promise<void>;
  /** SIGTERM (or the container's own stop signal), then SIGKILL after `grace` seconds. */
  stop(container: string, grace: number): Promise<void>;
  remove(container: string): Promise<void>;
  /** The last lines a container printed, both streams. */
  logs(container: string, lines: number): Promise<string>;
  exec(
    container: string,
    command: readonly string[],
    stdin?: string,
    limits?: ExecLimits,
  ): Promise<ExecResult>;
  /**
   * As `exec`, for what changes the proxy or the forwarder: the host refuses it to a release that does not have
   * its lock any more.
   */
  change(container: string, command: readonly string[], stdin?: string): Promise<ExecResult>;
  /** Starts a command in a running container, with `input` on its standard input, which stays open. */
  session(container: string, command: string[], input: string): Promise<Session>;
  /**
   * Starts a program in a container of its own.
   * @returns undefined if it is to reach the engine, and no path to that is known there.
   */
  helperSession(spec: HelperSpec & { engine: true }): Promise<Session | undefined>;
  helperSession(spec: HelperSpec): Promise<Session>;
  /**
   * Runs a command to its end in a new container like `container`: same image, environment, volumes,
   * network and limits. The container is removed afterwards. Resolves to the exit code.
   */
  runLike(container: string, command: readonly string[], options: CommandOptions): Promise<number>;
  /** A file's text, or undefined if it does not exist. Works on stopped containers too. */
  readFile(container: string, path: string): Promise<string | undefined>;
  /** Puts files into a folder of a container, running or not. */
  writeFiles(container: string, folder: string, files: FileEntry[]): Promise<void>;
  /** Puts files into a volume, owned by the user that `container`'s image runs as, mode 0400. */
  fillVolume(volume: string, container: string, files: Record<string, string>): Promise<void>;
}
