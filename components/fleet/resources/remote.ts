/** Services that a host calls and has no replica of: where its proxy finds them. */
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../hosts/host.ts";
import { byName } from "../../order.ts";
import type { Proxy, Service } from "../../services/index.ts";
import type { RemoteService } from "../types.ts";
import type { ReplicaPlacement } from "./placement.ts";

export interface Placed {
  services: readonly Service[];
  proxy: Proxy;
  hosts: readonly Host[];
  /** Service → its replicas by host. */
  places: ReadonlyMap<string, ReplicaPlacement>;
}

/** Names of the services that are called on a host, by services there or by visitors, and have no replica there. */
export function calledElsewhere(placed: Placed, host: string): string[] {
  const isHere = (name: string) => (placed.places.get(name)?.get(host) ?? 0) > 0;
  const links = placed.services
    .filter(({ name }) => isHere(name))
    .flatMap((service) => service.links.map((link) => link.service));
  const routes = placed.proxy.routes.map(({ to }) => to);
  return [...new Set([...links, ...routes])].filter((name) => !isHere(name)).sort(byName);
}

/** All of a host, once the private addresses are known. */
export function remoteServices(
  placed: Placed,
  host: string,
): pulumi.Output<Record<string, RemoteService>> {
  const called = calledElsewhere(placed, host);
  const services = placed.services.filter(({ name }) => called.includes(name));
  return pulumi.output(
    Object.fromEntries(
      services.flatMap(({ name, endpoint, ports }) => {
        if (endpoint === undefined) return [];
        const at = pulumi
          .all(hostsOf(placed, name).map(({ privateAddress }) => privateAddress))
          .apply((addresses) => addresses.filter((address) => address !== undefined));
        return [[name, { at, endpoint, ...(Object.keys(ports).length === 0 ? {} : { ports }) }]];
      }),
    ),
  );
}

/**
 * Resolves where all hosts can reach what they call, as far as that is known yet.
 * @throws pulumi.RunError with what is `unreachable`.
 */
export function requirePrivateAddresses(placed: Placed): pulumi.Output<undefined> {
  const known = placed.hosts.map(({ hostName, privateAddress }) =>
    privateAddress.apply((address) => [hostName, address] as const),
  );
  return pulumi.all(known).apply((addresses) => {
    const without = addresses.filter(([, address]) => address === undefined);
    const problems = unreachable(placed, new Set(without.map(([name]) => name)));
    if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
    return undefined;
  });
}

/** A line for each host that others must reach and cannot. @param without names of the hosts without a private address. */
export function unreachable(placed: Placed, without: ReadonlySet<string>): string[] {
  return placed.hosts.flatMap(({ hostName: caller }) =>
    calledElsewhere(placed, caller).flatMap((service) =>
      hostsOf(placed, service)
        .filter(({ hostName }) => without.has(hostName))
        .map(
          ({ hostName: owner }) =>
            `\`${service}\` is called on host \`${caller}\`, which has no replica of it: host \`${owner}\` has, and ` +
            `no private address. Give \`${owner}\` a \`privateAddress\`, or place \`${service}\` on all hosts that ` +
            'call it (`placement: "everywhere"`).',
        ),
    ),
  );
}

function hostsOf({ hosts, places }: Placed, service: string): Host[] {
  return hosts.filter(({ hostName }) => (places.get(service)?.get(hostName) ?? 0) > 0);
}
