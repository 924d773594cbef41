/** Looks at a host for the preflight, through its engine and the stack's own proxy there. */
import type { ReleaseHost } from "../../engine/host.ts";
import { type Found, readRecord } from "../state/record.ts";
import type { HostFacts } from "./decide.ts";

/** What the host has and what of the stack runs on it, but for the memory in use. */
export async function inspectHost(host: ReleaseHost, stack: string): Promise<HostFacts> {
  const [views, engine] = await Promise.all([host.list(stack), host.inspection.engine()]);
  const users = new Map<string, number>();
  const running: HostFacts["running"] = {};
  for (const { name, labels } of views.filter((view) => view.running)) {
    const service = labels["longshore.service"];
    if (service === undefined || labels["longshore.role"] !== "service") continue;
    const facts = await host.inspection.container(name);
    (running[service] ??= []).push({
      container: name,
      digests: facts?.digests ?? [],
      ...(facts?.memoryLimit === undefined ? {} : { limit: facts.memoryLimit }),
    });
  }
  const proxy = views.find((view) => view.running && view.labels["longshore.role"] === "proxy");
  // Without a proxy nothing of the stack serves there: no old replicas to count with the new.
  if (proxy === undefined) return { availableMemory: engine.memory, running, users };
  // The container's root is on the disk that holds the engine's images.
  const { stdout } = await host.exec(proxy.name, ["sh", "-c", "df -Pk /; cat /proc/meminfo"]);
  const freeDisk = parseDf(stdout);
  return {
    availableMemory: parseMeminfo(stdout) ?? engine.memory,
    ...(freeDisk === undefined ? {} : { freeDisk }),
    running,
    users,
  };
}

/** The same with the memory in use, which some engines need a second to tell. */
export async function withMemoryUse(host: ReleaseHost, facts: HostFacts): Promise<HostFacts> {
  const users = await host.inspection.memoryUse();
  const running = Object.entries(facts.running).map(([service, replicas]) => [
    service,
    replicas.map((replica) => ({ ...replica, uses: users.get(replica.container) ?? 0 })),
  ]);
  return { ...facts, users, running: Object.fromEntries(running) as HostFacts["running"] };
}

/** Bytes that new processes can have without swapping, from `/proc/meminfo`. */
export function parseMeminfo(text: string): number | undefined {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Free bytes of the one file system that the output of `df -Pk` begins with. */
export function parseDf(text: string): number | undefined {
  const [, line = ""] = text.trim().split("\n");
  const free = /\s(\d+)\s+\d+%\s/.exec(line)?.[1];
  return free === undefined ? undefined : Number(free) * 1024;
}

/** Whose the stack on the host is, as far as anything of it is there. */
export async function inspectOwner(host: ReleaseHost, stack: string): Promise<Found> {
  const [views, volumes] = await Promise.all([host.list(stack), host.inspection.volumes(stack)]);
  const proxies = views.filter(({ labels }) => labels["longshore.role"] === "proxy");
  const records = await Promise.all(proxies.map(({ name }) => readRecord(host, name)));
  const owner = records.find((record) => record.owner !== undefined)?.owner;
  return { ...(owner && { owner }), containers: views, volumes };
}
