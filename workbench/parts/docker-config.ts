// The folder that Docker's clients read (`DOCKER_CONFIG`): the user's own, and with it the credentials
// of the workbench's registry. The user's folder is read and never written.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { authorization, type Credentials } from "./gateway.ts";

interface Config {
  auths?: Record<string, { auth?: string }>;
  credHelpers?: Record<string, string>;
}

/**
 * Writes the folder anew, since the user may have logged in elsewhere meanwhile.
 * @param registries address → who may push there.
 */
export function writeDockerConfig(
  folder: string,
  registries: Record<string, Credentials>,
  env: NodeJS.ProcessEnv,
): void {
  const own = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (own !== folder) linkOthers(own, folder);
  const config = readConfig(own);
  const auths = { ...config.auths };
  const credHelpers = { ...config.credHelpers };
  for (const [address, credentials] of Object.entries(registries)) {
    auths[address] = { auth: authorization(credentials).replace("Basic ", "") };
    // No helper: the user's store (`credsStore`) does not know this registry.
    credHelpers[address] = "";
  }
  const text = JSON.stringify({ ...config, auths, credHelpers }, null, 2);
  writeFileSync(join(folder, "config.json"), `${text}\n`, { mode: 0o600 });
}

/** Contexts and plugins of the user's, as they are. */
function linkOthers(own: string, folder: string): void {
  for (const name of existsSync(own) ? readdirSync(own) : []) {
    if (name === "config.json" || name === "buildx") continue;
    const link = join(folder, name);
    rmSync(link, { force: true });
    symlinkSync(join(own, name), link);
  }
}

function readConfig(own: string): Config {
  const file = join(own, "config.json");
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Config;
  } catch {
    return {}; // Docker's clients say themselves what is wrong with it
  }
}
