// Looks at the machine without changing it; plan.ts decides from what is found here.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { refuseRemote, resolveEndpoint } from "./endpoint.ts";
import { get, hubReachable } from "../http.ts";
import type { Paths } from "../paths.ts";
import type { EngineFacts, Facts } from "./plan.ts";
import { WorkbenchError } from "../progress.ts";
import type { State } from "../state.ts";

const HUB = "https://registry-1.docker.io";

export async function probe(
  paths: Paths,
  state: State | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Facts> {
  const hubUrl = env.LONGSHORE_HUB_URL || HUB;
  const [engine, reachable, privileges] = await Promise.all([
    probeEngine(paths, env),
    // Remembered until `down`: a builder should not change its kind from one run to the next.
    state?.hubReachable ?? hubReachable(hubUrl),
    probePrivileges(),
  ]);
  return {
    platform: process.platform,
    arch: process.arch,
    distributions: readDistributions("/etc/os-release"),
    privileges,
    engine,
    ownEngine: state?.engine?.origin === "started" && existsSync(join(paths.state, "docker")),
    hubReachable: reachable,
    hubUrl,
  };
}

export function readDistributions(file: string): string[] {
  if (!existsSync(file)) return [];
  return parseDistributions(readFileSync(file, "utf8"));
}

export function parseDistributions(osRelease: string): string[] {
  return osRelease.split("\n").flatMap((line) => {
    const found = /^(?:ID|ID_LIKE)=(.*)$/.exec(line.trim());
    return found?.[1] ? found[1].replaceAll(/["']/g, "").split(/\s+/) : [];
  });
}

async function probePrivileges(): Promise<Facts["privileges"]> {
  if (process.getuid?.() === 0) return "root";
  const sudo = await execa("sudo", ["-n", "true"], { reject: false });
  return sudo.exitCode === 0 ? "sudo" : "none";
}

async function probeEngine(paths: Paths, env: NodeJS.ProcessEnv): Promise<EngineFacts> {
  const endpoint = resolveEndpoint(env, paths.engineSocket);
  const refusal = refuseRemote(endpoint);
  if (refusal) throw new WorkbenchError(refusal);
  const reply = await get(endpoint.host, "/version");
  const silent = (code: string): EngineFacts => ({
    ...endpoint,
    answer: { state: "silent", code },
  });
  if ("failure" in reply) return silent(reply.failure);
  const version = reply.answer.status === 200 ? parseVersion(reply.answer.body) : undefined;
  if (version === undefined) return silent(`it answered ${reply.answer.status}, not as an engine`);
  return { ...endpoint, answer: { state: "answers", ...version } };
}

/** The engine's version, and whether it is Podman, from the body of GET /version. */
export function parseVersion(body: string): { version: string; podman: boolean } | undefined {
  try {
    const parsed = JSON.parse(body) as {
      Version?: string;
      Components?: { Name?: string }[];
    };
    if (!parsed.Version) return undefined;
    const podman = (parsed.Components ?? []).some((part) => /podman/i.test(part.Name ?? ""));
    return { version: parsed.Version, podman };
  } catch {
    return undefined;
  }
}
