// What the workbench remembers between runs, in one file that is replaced as a whole. It is written
// before a process is relied on, so that `down` knows what a killed `up` left behind.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ProcessIdentity } from "./processes.ts";

/** What others need to build and run with the workbench. */
export interface Workbench {
  /** e.g. `unix:///run/longshore-1a2b3c4d/docker.sock`. */
  dockerHost: string;
  /** e.g. `127.0.0.1:5055`. */
  registry: string;
  /** The buildx builder's name. */
  builder: string;
  /** For whoever runs pulumi, docker or buildx. */
  env: Record<string, string>;
  /** The bundle with the network's private CA, if there is one. */
  caFile?: string;
  origin: {
    engine: "found" | "started";
    registry: "process" | "container";
    builder: "buildkitd" | "docker-container";
  };
}

export interface State {
  version: 1;
  hubReachable?: boolean;
  engine?: {
    origin: "found" | "started";
    /** Address of one that was found. */
    host?: string;
    process?: ProcessIdentity;
    /** First two bytes of the address range, e.g. `10.213`. */
    pool?: string;
    /** `own`: Docker's usual iptables rules. `beside`: rules of ours, as another engine runs here. */
    firewall?: "own" | "beside";
    /** As they were before the engine started; put back by `down`. */
    before?: { ipForward: string; forwardPolicy: string };
  };
  registry?: {
    port: number;
    process?: ProcessIdentity;
    /** What stands before it, see gateway.ts. Absent: a registry of before there was one. */
    gateway?: ProcessIdentity | "in the container";
    container?: boolean;
    pulledBase?: boolean;
  };
  builder?: { process?: ProcessIdentity; cache?: string };
  /** Set once everything is up; absent while an `up` is half finished. */
  ready?: Workbench;
}

export function readState(file: string): State | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const state = JSON.parse(readFileSync(file, "utf8")) as State;
    return state.version === 1 ? state : undefined;
  } catch {
    // Not ours or damaged: what it knew is found again by looking (see cleanup.ts).
    return undefined;
  }
}

export function writeState(file: string, state: State): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, JSON.stringify(state, null, 2) + "\n");
  renameSync(next, file);
}
