/** What a fleet asks of a definition beyond what every runtime does. */
import * as pulumi from "@pulumi/pulumi";
import type { Proxy, Service, Services } from "../services/index.ts";

/** What the definition can say and a fleet cannot do yet is refused, never ignored. */
export function refuseUnsupported(services: Services): void {
  const problems = services.list
    .filter(({ networkMode }) => networkMode === "host")
    .map(
      ({ name }) =>
        `\`${name}.networkMode\` "host" is not supported by a fleet: its proxy could not reach the ` +
        "service. Remove it.",
    );
  if (problems.length > 0) throw new pulumi.RunError(problems.join("\n"));
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
