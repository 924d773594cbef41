/** Pulls images for an acceptance test, with the credentials of `docker login`. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { explainPull, registryOf } from "../../diagnosis/pull.ts";
import { EngineAway, orUndefined, reasonOf } from "../../engine/errors.ts";
import { unlessAborted } from "./abort.ts";
import { untilDone } from "./load.ts";

/**
 * Pulls an image by digest, unless it is there. It stays: others on the engine may have begun to use it.
 * @throws an Error that says why it cannot be had.
 */
export async function ensureImage(docker: Docker, ref: string, signal: AbortSignal): Promise<void> {
  if ((await orUndefined(docker.getImage(ref).inspect())) !== undefined) return;
  try {
    const authconfig = credentialsFor(registryOf(ref));
    const stream = (await docker.pull(ref, { authconfig })) as NodeJS.ReadableStream & {
      destroy(): void;
    };
    await unlessAborted(signal, untilDone(docker, stream)).finally(() => stream.destroy());
  } catch (error) {
    if (signal.aborted || error instanceof EngineAway) throw error;
    const why = explainPull(`error pulling image ${ref}: ${wordsOf(error)}`);
    if (why === undefined) throw error;
    const what = why.what.charAt(0).toUpperCase() + why.what.slice(1);
    throw new Error(`${what}. ${why.fix}`, { cause: error });
  }
}

/** A refusal, or what the stream of a pull that had begun says. */
function wordsOf(error: unknown): string {
  const words = reasonOf(error).replace(/^Error: /, "");
  return `Error response from daemon: ${words}`;
}

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** As an engine takes them. */
type Credentials =
  | { username: string; password: string; serveraddress: string }
  | { identitytoken: string; serveraddress: string };

/** What `docker login` keeps for a registry; undefined if that is nothing. */
export function credentialsFor(registry: string, env = process.env): Credentials | undefined {
  const file = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker"), "config.json");
  if (!existsSync(file)) return undefined;
  const config = JSON.parse(readFileSync(file, "utf8")) as DockerConfig;
  const serveraddress = registry === "docker.io" ? "https://index.docker.io/v1/" : registry;
  const helper = config.credHelpers?.[serveraddress] ?? config.credsStore;
  if (helper) return askHelper(helper, serveraddress);
  const { auth, identitytoken } = config.auths?.[serveraddress] ?? {};
  if (identitytoken) return { identitytoken, serveraddress };
  const [, username, password] =
    /^(.*?):(.*)$/s.exec(Buffer.from(auth ?? "", "base64").toString()) ?? [];
  if (username === undefined || password === undefined) return undefined;
  return { username, password, serveraddress };
}

/** See https://github.com/docker/docker-credential-helpers. */
function askHelper(helper: string, serveraddress: string): Credentials | undefined {
  try {
    const answer = execFileSync(`docker-credential-${helper}`, ["get"], {
      input: serveraddress,
      stdio: ["pipe", "pipe", "ignore"],
      encoding: "utf8",
    });
    const { Username, Secret } = JSON.parse(answer) as { Username: string; Secret: string };
    if (Username === "<token>") return { identitytoken: Secret, serveraddress };
    return { username: Username, password: Secret, serveraddress };
  } catch {
    return undefined; // it has none for this registry: images that everybody may read need none
  }
}
