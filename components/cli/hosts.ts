/** The hosts of a stack as they are now: what they serve, and the containers there. */
import type Docker from "dockerode";
import { connectHost } from "../fleet/release/engine-host.ts";
import { type ContainerView } from "../fleet/release/host.ts";
import { Proxy } from "../fleet/release/proxy.ts";
import type { HostRequest, HostState, ReleaseRequest } from "../fleet/release/types.ts";
import { dockerClient } from "../hosts/docker-client.ts";
import { CliError, EXIT } from "./exit.ts";

/** A container that serves, or should. */
export interface Copy {
  host: string;
  service: string;
  /** Counts from 1 on each host. */
  number: number;
  /** Its name on the engine. */
  container: string;
  view: ContainerView | undefined;
}

/** A host that answered. */
export interface HostView {
  request: HostRequest;
  docker: Docker;
  proxy: Proxy;
  /** What it serves; undefined before the first release. */
  state: HostState | undefined;
  copies: Copy[];
}

/** Looks at a host. @throws if its engine does not answer. */
export async function viewHost(request: HostRequest, stack: string): Promise<HostView> {
  const host = connectHost(request.name, request.dockerHost);
  const proxy = new Proxy(host, request.proxy);
  const [state, found] = await Promise.all([proxy.readState(), host.list(stack)]);
  const copies = Object.entries(state?.services ?? {}).flatMap(([service, slots]) =>
    (slots[slots.active]?.servers ?? []).map((container, index) => ({
      host: request.name,
      service,
      number: index + 1,
      container,
      view: found.find(({ name }) => name === container),
    })),
  );
  return { request, docker: dockerClient(request.dockerHost), proxy, state, copies };
}

/** Looks at all hosts at once. @throws CliError naming those that do not answer. */
export async function viewHosts({ hosts, stack }: ReleaseRequest): Promise<HostView[]> {
  const results = await Promise.allSettled(hosts.map((host) => viewHost(host, stack)));
  const silent = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [`host \`${hosts[index]?.name}\` does not answer: ${(result.reason as Error).message}`]
      : [],
  );
  if (silent.length > 0) throw new CliError(silent.join("\n"));
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/**
 * The copies of a service, or of all.
 * @throws CliError naming the services there are.
 */
export function copiesOf(hosts: HostView[], service: string | undefined): Copy[] {
  const all = hosts.flatMap(({ copies }) => copies);
  if (service === undefined) return all;
  const own = all.filter((copy) => copy.service === service);
  if (own.length > 0) return own;
  const known = [...new Set(all.map((copy) => copy.service))].sort();
  throw new CliError(
    `No service \`${service}\` serves here. There are: ${known.join(", ") || "none"}.`,
    EXIT.usage,
  );
}

/** A running copy of a service to run a command in, with its engine. */
export function pickCopy(
  hosts: HostView[],
  service: string,
  host: string | undefined,
): { copy: Copy; docker: Docker } {
  const copies = copiesOf(hosts, service).filter(
    (copy) => copy.view?.running === true && (host === undefined || copy.host === host),
  );
  const [copy] = copies;
  const view = hosts.find(({ request }) => request.name === copy?.host);
  if (copy !== undefined && view !== undefined) return { copy, docker: view.docker };
  const where = host === undefined ? "" : ` on host \`${host}\``;
  throw new CliError(`No copy of \`${service}\` runs${where}: see \`longshore status\`.`);
}

/** Containers that should serve and are gone: somebody removed them, and Pulumi does not know it yet. */
export function missing(hosts: HostView[]): string[] {
  return hosts.flatMap(({ copies }) =>
    copies.filter(({ view }) => view === undefined).map(({ container }) => container),
  );
}
