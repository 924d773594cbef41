// The folders of the toolchain: Pulumi's own, and the cache for tools that are not Pulumi's.
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ToolchainError, messageOf } from "./errors.ts";

export interface Places {
  /** `PULUMI_HOME`, default `~/.pulumi`. */
  pulumiHome: string;
  /** `LONGSHORE_CACHE`, default `~/.cache/longshore`. */
  cache: string;
  /** The folder of the Go modules that tools are built from. */
  modules: string;
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  env: NodeJS.ProcessEnv;
}

export function placesOf(env: NodeJS.ProcessEnv = process.env): Places {
  const home = env.HOME || homedir();
  const cacheHome = env.XDG_CACHE_HOME || join(home, ".cache");
  return {
    pulumiHome: resolve(env.PULUMI_HOME || join(home, ".pulumi")),
    cache: resolve(env.LONGSHORE_CACHE || join(cacheHome, "longshore")),
    modules: import.meta.dirname,
    platform: process.platform,
    arch: process.arch,
    env,
  };
}

/** The folders of a search path. */
export function searchPath(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? "").split(":").filter((folder) => folder !== "");
}

/** Makes a folder, or says which setting to change. */
export function makeFolder(folder: string, setting: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new ToolchainError(
      `The toolchain cannot write to ${folder} (${messageOf(error)}). Make it writable, or set ${setting} to a folder that is.`,
      { cause: error },
    );
  }
}
