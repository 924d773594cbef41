// The app's settings: all of them come from the environment, the secret from a file that it names.
import { readFileSync } from "node:fs";
import { SettingProblem, wholeNumber } from "./settings.ts";

const SHORTEST_KEY = 16;
const PORTS = { from: 1, to: 65_535 };

export interface AppConfig {
  port: number;
  dnmonster: { host: string; port: number; timeout: number };
  redis: { host: string; port: number };
  /** How long a picture stays in the cache, in seconds. */
  cacheSeconds: number;
  /** How long requests in flight may take after SIGTERM, in milliseconds. */
  stopDeadline: number;
  /** The key that signs cookies; without one, visitors' last names are not remembered. */
  sessionKey?: string;
  logLevel: string;
  /** What the operator should know, though the app runs without it. */
  warnings: string[];
}

export function readConfig(env: NodeJS.ProcessEnv): AppConfig {
  const warnings: string[] = [];
  const sessionKey = readSessionKey(env, warnings);
  return {
    port: wholeNumber(env, "PORT", 9090, PORTS),
    dnmonster: {
      host: env.DNMONSTER_HOST ?? "dnmonster",
      port: wholeNumber(env, "DNMONSTER_PORT", 8080, PORTS),
      timeout: wholeNumber(env, "DNMONSTER_TIMEOUT_MS", 3000, { from: 10, to: 60_000 }),
    },
    redis: {
      host: env.REDIS_HOST ?? "redis",
      port: wholeNumber(env, "REDIS_PORT", 6379, PORTS),
    },
    cacheSeconds: wholeNumber(env, "CACHE_SECONDS", 3600, { from: 1, to: 31_536_000 }),
    stopDeadline: 1000 * wholeNumber(env, "STOP_DEADLINE_SECONDS", 8, { from: 1, to: 3600 }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    logLevel: env.LOG_LEVEL ?? "info",
    warnings,
  };
}

/** A missing key turns a feature off; a key that is there but unusable stops the start. */
function readSessionKey(env: NodeJS.ProcessEnv, warnings: string[]): string | undefined {
  const file = env.SESSION_KEY_FILE;
  const off = "visitors' last names are not remembered";
  if (file === undefined || file === "") {
    warnings.push(`SESSION_KEY_FILE is not set: ${off}`);
    return undefined;
  }
  let key: string;
  try {
    key = readFileSync(file, "utf8").trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "ENOENT") {
      warnings.push(`SESSION_KEY_FILE names ${file}, which does not exist: ${off}`);
      return undefined;
    }
    throw new SettingProblem(
      `SESSION_KEY_FILE names ${file}, which cannot be read (${code}). Let user ${process.getuid?.()} read it.`,
    );
  }
  if (key.length < SHORTEST_KEY) {
    throw new SettingProblem(
      `The key in ${file} (SESSION_KEY_FILE) has ${key.length} characters. Use at least ${SHORTEST_KEY}, such as the output of: openssl rand -hex 32`,
    );
  }
  return key;
}
