// Where the workbench keeps its things. State belongs to one clone and goes with `down`; caches are
// shared by all clones of a user and stay; sockets and the like live in a short runtime folder.
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface Paths {
  /** Eight hex digits that tell this workbench from others on the machine. */
  id: string;
  /** `.longshore/workbench` of the clone: deleted by `down`. */
  state: string;
  stateFile: string;
  lockFile: string;
  /** Sockets, pid files and mounts. Short: a socket's path may have no more than 107 bytes. */
  runtime: string;
  logs: string;
  engineSocket: string;
  builderSocket: string;
  /** `~/.cache/longshore/workbench`: base images and build caches, kept by `down`. */
  cache: string;
  buildxConfig: string;
  /** What Docker's clients read, see docker-config.ts. */
  dockerConfig: string;
}

/** All folders, from `LONGSHORE_STATE` and `LONGSHORE_CACHE` or their defaults. */
export function workbenchPaths(env: NodeJS.ProcessEnv = process.env): Paths {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const state = join(
    canonical(resolve(env.LONGSHORE_STATE ?? join(root, ".longshore"))),
    "workbench",
  );
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  const cache = join(resolve(env.LONGSHORE_CACHE || join(cacheHome, "longshore")), "workbench");
  const id = createHash("sha256").update(state).digest("hex").slice(0, 8);
  const runtime = `/run/longshore-${id}`;
  return {
    id,
    state,
    stateFile: join(state, "state.json"),
    lockFile: join(dirname(state), "workbench.lock"),
    runtime,
    logs: join(state, "logs"),
    engineSocket: join(runtime, "docker.sock"),
    builderSocket: join(runtime, "buildkit.sock"),
    cache,
    buildxConfig: join(state, "buildx"),
    dockerConfig: join(state, "docker"),
  };
}

/** The path without symbolic links, as far as it exists, so that one folder has one id. */
function canonical(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(canonical(parent), basename(path));
}

/** The bundle that holds the network's own CA, where there is one. */
export function caBundle(env: NodeJS.ProcessEnv): string | undefined {
  return [env.SSL_CERT_FILE, env.NODE_EXTRA_CA_CERTS].find((file) => file && existsSync(file));
}
