/** What a fleet asks of a definition beyond what every runtime does. */
import * as pulumi from "@pulumi/pulumi";
import type { Proxy, Service, Services } from "../../services/index.ts";
import { type HostPolicy, hostPolicy } from "../state/policy.ts";

/** What the definition can say and a fleet cannot do yet is refused, never ignored. */
export function refuseUnsupported(services: Services, bindRoots: string[]): void {
  const hostNetwork = services.list
    .filter(({ networkMode }) => networkMode === "host")
    .map(
      ({ name }) =>
        `\`${name}.networkMode\` "host" is not supported by a fleet: its proxy could not reach the ` +
        "service. Remove it.",
    );
  const problems = [...hostNetwork, ...foreignMounts(services, bindRoots)];
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
}

/** Bind mounts from outside of the folders that are allowed. */
function foreignMounts({ list }: Services, bindRoots: string[]): string[] {
  const isBelow = (from: string) => (root: string) =>
    from === root || from.startsWith(`${root.replace(/\/+$/, "")}/`);
  return list.flatMap(({ name, bindMounts }) =>
    bindMounts
      .filter(({ from }) => !bindRoots.some(isBelow(from)))
      .map(
        ({ from }) =>
          `\`${name}.bindMounts\`: \`${from}\` is in none of the hosts' folders that services may use ` +
          `(${bindRoots.map((root) => `\`${root}\``).join(", ")}). Move it there, or allow its folder with the ` +
          "fleet's `bindRoots`.",
      ),
  );
}

/** What the environment allows; a preview with a bad value fails, not only the update. */
export function allowedByEnvironment(): HostPolicy {
  try {
    return hostPolicy(process.env);
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

/**
 * Taking a stack over without knowing its volumes would mount new, empty ones in their place.
 * @param serving whether the program has asked what serves.
 */
export function refuseBlindTakeOver(services: Services, serving: boolean): void {
  const storing = services.list.filter(({ volumes }) => volumes.length > 0);
  if (serving || storing.length === 0) return;
  throw new pulumi.RunError(
    "`LONGSHORE_TAKE_OVER=1` cannot adopt the volumes of " +
      `${storing.map(({ name }) => `\`${name}\``).join(", ")}: the program does not ask what serves. Give the ` +
      "fleet `serving: await readServing(hosts)`, see docs/fleet.md. Nothing was changed.",
  );
}

/** The definition's proxy. */
export function requireProxy(services: Services): Proxy {
  if (services.proxy !== undefined) return services.proxy;
  throw new Error(
    "A fleet needs a proxy: links and releases go through it. " +
      'Add one: `proxy: proxy({ image, routes: [{ to: "app" }] })`.',
  );
}

/** A service's or the proxy's image. */
export function requireImage(service: Service | Proxy): NonNullable<Proxy["image"]> {
  if (service.image !== undefined) return service.image;
  throw new Error(
    "`proxy.image` is missing. Build it with " +
      '`new TestedImage("proxy", { context: proxyContext, … })`.',
  );
}
