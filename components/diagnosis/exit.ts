/** Why a container does not run any more. Pure. */
import type { ContainerView } from "../engine/host.ts";
import type { Cause } from "./cause.ts";
import { explainRestraint } from "./restraint.ts";
import type { ContainerFacts, EngineFacts } from "../engine/inspection.ts";

/** What is known of a container that ended. */
export interface Ended {
  view: Pick<ContainerView, "running" | "exitCode" | "outOfMemory" | "restarts">;
  /** Undefined if it could not be asked any more. */
  facts: ContainerFacts | undefined;
  engine: EngineFacts;
  /** Its last lines. */
  logs: string;
  /** What it ran, as the service's definition calls it. */
  ran?: "command" | "releaseCommand";
}

const MIB = 1024 * 1024;
const CANNOT_EXECUTE = 126;
const SIGKILLED = 137;
const NOT_FOUND = /\[FATAL tini \(\d+\)\] exec (\S+) failed: No such file or directory/;
const NOT_ALLOWED = /\[FATAL tini \(\d+\)\] exec (\S+) failed: Permission denied/;
const FORMAT = /exec format error/i;

/** The cause of a container's end. */
export function explainExit({ view, facts, engine, logs, ran = "command" }: Ended): Cause {
  const restarted = view.restarts > 0 ? ` and was restarted (${view.restarts} ×)` : "";
  if (view.outOfMemory) return outOfMemory(facts, restarted);
  const code = view.running ? "" : ` with code ${view.exitCode}`;
  const exited = `exited${code}${restarted}`;
  const platform = facts?.platform;
  if (platform !== undefined && !runsOn(engine.platform, platform)) {
    return wrongPlatform(exited, platform, engine.platform);
  }
  if (FORMAT.test(logs)) {
    return {
      what: `${exited}: its command is not a program for ${engine.platform} (exec format error)`,
      fix: "Build the program for this platform; a script needs a first line such as `#!/bin/sh`.",
    };
  }
  const missing = NOT_FOUND.exec(logs)?.[1];
  if (missing !== undefined) {
    return {
      what: `${exited}: its command \`${missing}\` does not exist in the image`,
      fix: `Correct the service's \`${ran}\`, or the image's CMD or ENTRYPOINT.`,
    };
  }
  const forbidden = NOT_ALLOWED.exec(logs)?.[1];
  if (forbidden !== undefined) {
    return {
      what: `${exited}: its command \`${forbidden}\` may not be executed`,
      fix: "Make it executable in the image (`RUN chmod +x …`), or choose another `user`.",
    };
  }
  if (!view.running && view.exitCode === SIGKILLED && facts?.memoryLimit !== undefined) {
    return probablyOutOfMemory(facts.memoryLimit, restarted);
  }
  const told = !view.running && [0, CANNOT_EXECUTE].includes(view.exitCode);
  const restraint = told ? undefined : explainRestraint(logs);
  if (restraint !== undefined) {
    return { what: `${exited}, most likely because ${restraint.what}`, fix: restraint.fix };
  }
  return { what: exited, fix: view.running ? LOG : (BY_CODE[view.exitCode] ?? LOG) };
}

/** Whether an engine runs programs of a platform without emulation, both as `linux/amd64`. */
export function runsOn(engine: string, image: string): boolean {
  const [os, machine] = engine.split("/");
  const [imageOs, imageMachine] = image.split("/");
  if (os !== imageOs) return false;
  if (machine === imageMachine) return true;
  return machine === "amd64" && imageMachine === "386";
}

function outOfMemory(facts: ContainerFacts | undefined, restarted: string): Cause {
  const limit = facts?.memoryLimit;
  const named = limit === undefined ? "its limit" : `its limit of ${Math.round(limit / MIB)} MiB`;
  return {
    what: `was killed${restarted}: it needed more memory than ${named}`,
    fix: "Raise the service's `memory`, or make it need less.",
  };
}

/** Engines miss the kernel's word of it about once in ten times, when all of it goes fast. */
function probablyOutOfMemory(limit: number, restarted: string): Cause {
  const named = `${Math.round(limit / MIB)} MiB`;
  return {
    what: `was killed${restarted}, most likely because it needed more memory than its limit of ${named}`,
    fix:
      "Raise the service's `memory`, or make it need less. If the machine's kernel log does not name " +
      "it, somebody killed it by hand.",
  };
}

/**
 * Not refused before it ran: an engine with emulation (Docker Desktop, binfmt) does run other
 * machines' programs. One that does not ends them at once.
 */
function wrongPlatform(exited: string, image: string, engine: string): Cause {
  return {
    what: `${exited}: its image is for ${image}, and the engine runs ${engine}`,
    fix: `Build the image for ${engine} (\`platforms\`), or place the service on a host of ${image}.`,
  };
}

const LOG = "Look at its log lines below.";

const BY_CODE: Partial<Record<number, string>> = {
  0: "A service must stay in the foreground: give it a command that does not end.",
  [CANNOT_EXECUTE]:
    "Its command cannot be executed: look at the image's CMD or ENTRYPOINT, and the file's mode.",
  127: "Its command was not found: look at the service's `command` and the image's ENTRYPOINT.",
  [SIGKILLED]: "It was killed by hand, or the machine ran out of memory: look at its kernel log.",
  139: "It crashed (SIGSEGV). Look at its log lines below.",
  143: "It was asked to end (SIGTERM) by somebody while it started.",
};
