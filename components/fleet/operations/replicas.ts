/** The hosts of a fleet as they are now: what they serve, and the containers there. */
import type Docker from "dockerode";
import { connectHost } from "../../engine/engine-host.ts";
import { dockerClient } from "../../engine/client.ts";
import type { ContainerView } from "../../engine/host.ts";
import { NotThere } from "../../releases/operations.ts";
import { ProxyControl } from "../proxy/control.ts";
import { readState } from "../state/record.ts";
import type { HostRequest, HostState } from "../types.ts";

/** A container that serves, or should. */
export interface Replica {
  host: string;
  service: string;
  /** Counts from 1 on each host. */
  number: number;
  /** Its name on the engine. */
  container: string;
  view: ContainerView | undefined;
  docker: Docker;
}

/** A host that answered. */
export interface HostView {
  request: HostRequest;
  docker: Docker;
  proxy: ProxyControl;
  /** Whether a container of the stack runs there. */
  runs: (container: string) => boolean;
  /** What it serves; undefined before the first release. */
  state: HostState | undefined;
  replicas: Replica[];
}

/** Looks at all hosts at once. @throws naming those that do not answer. */
export async function viewHosts(hosts: HostRequest[], stack: string): Promise<HostView[]> {
  const results = await Promise.allSettled(hosts.map((host) => viewHost(host, stack)));
  const silent = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [`host \`${hosts[index]?.name}\` does not answer: ${(result.reason as Error).message}`]
      : [],
  );
  if (silent.length > 0) throw new Error(silent.join("\n"));
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** Looks at one of them alone: others may be away. @throws NotThere naming the hosts there are. */
export async function viewOf(hosts: HostRequest[], name: string, stack: string): Promise<HostView> {
  const host = hosts.find((each) => each.name === name);
  if (host !== undefined) return viewHost(host, stack);
  const known = hosts.map((each) => each.name).join(", ") || "none";
  throw new NotThere(`There is no host \`${name}\`. There are: ${known}.`);
}

async function viewHost(request: HostRequest, stack: string): Promise<HostView> {
  const host = connectHost(request.name, request.dockerHost);
  const docker = dockerClient(request.dockerHost);
  const [state, found] = await Promise.all([readState(host, request.proxy), host.list(stack)]);
  const proxy = new ProxyControl(host, state?.proxy ?? request.proxy);
  const replicas = Object.entries(state?.services ?? {}).flatMap(([service, slots]) =>
    (slots[slots.active]?.servers ?? []).map((container, index) => ({
      host: request.name,
      service,
      number: index + 1,
      container,
      view: found.find(({ name }) => name === container),
      docker,
    })),
  );
  const runs = (container: string) =>
    found.some(({ name, running }) => name === container && running);
  return { request, docker, proxy, runs, state, replicas };
}

/**
 * The replicas of a service, or of all.
 * @throws NotThere naming the services there are.
 */
export function replicasOf(hosts: HostView[], service: string | undefined): Replica[] {
  const all = hosts.flatMap(({ replicas }) => replicas);
  if (service === undefined) return all;
  const own = all.filter((replica) => replica.service === service);
  if (own.length > 0) return own;
  const known = [...new Set(all.map((replica) => replica.service))].sort();
  throw new NotThere(
    `No service \`${service}\` serves here. There are: ${known.join(", ") || "none"}.`,
  );
}

/** A running replica of a service to run a command in. @throws if there is none. */
export function pickReplica(hosts: HostView[], service: string, host: string | undefined): Replica {
  const [replica] = replicasOf(hosts, service).filter(
    (each) => each.view?.running === true && (host === undefined || each.host === host),
  );
  if (replica !== undefined) return replica;
  const where = host === undefined ? "" : ` on host \`${host}\``;
  throw new Error(`No replica of \`${service}\` runs${where}: see \`longshore status\`.`);
}
