/**
 * Compiled code is kept for the next command, of this process and of the programs that Pulumi starts for it: it saves
 * each of them up to half a second. In a folder of the user's own, since whoever can write it decides what runs; Node.js
 * itself would take one in the folder for temporary files.
 */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

export function keepCompiled(env: NodeJS.ProcessEnv = process.env): void {
  if (env.NODE_COMPILE_CACHE !== undefined || env.NODE_DISABLE_COMPILE_CACHE !== undefined) return;
  const cache = env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "longshore", "compiled");
  enableCompileCache(folder);
  env.NODE_COMPILE_CACHE = folder;
}
