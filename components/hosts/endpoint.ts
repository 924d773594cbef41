/**
 * Which Docker engine is meant where none is named, by the rules of the docker command line:
 * `DOCKER_HOST`, else the chosen context, else the socket that every installation has. The docker
 * command itself is not needed.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The socket of an ordinary installation. */
export const DEFAULT_DOCKER_HOST = "unix:///var/run/docker.sock";

/**
 * The engine's address that the docker command line would use in `env`.
 * @throws if the current context cannot be read or names no engine.
 */
export function localDockerHost(env: NodeJS.ProcessEnv = process.env): string {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const folder = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  const context = env.DOCKER_CONTEXT || currentContext(join(folder, "config.json"));
  if (context === undefined || context === "default") return DEFAULT_DOCKER_HOST;
  const id = createHash("sha256").update(context).digest("hex");
  const meta = join(folder, "contexts", "meta", id, "meta.json");
  const content = existsSync(meta) ? (readJson(meta) as ContextMeta | null) : null;
  const host = content?.Endpoints?.docker?.Host;
  if (!host) {
    throw new Error(
      `The docker context \`${context}\` names no engine (${meta}). ` +
        "Choose another with `docker context use`, or set DOCKER_HOST.",
    );
  }
  return host;
}

interface ContextMeta {
  Endpoints?: { docker?: { Host?: string } };
}

function currentContext(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return (readJson(file) as { currentContext?: string } | null)?.currentContext || undefined;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}. Fix or move it.`);
  }
}
