/** The part of a release's request that follows from the definition alone. */
import * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type Proxy, type Service, type Tls } from "../../services/index.ts";
import { PROXY_PORTS } from "./container.ts";
import type { ProxySettings, ServiceRequest, TlsSettings } from "../types.ts";

/** What the release must know of a service. */
export function serviceRequest(service: Service): pulumi.Output<ServiceRequest> {
  const { endpoint, ports } = service;
  return pulumi
    .all([service.image.tag, service.image.ref])
    .apply(([tag, image]): ServiceRequest => ({
      name: service.name,
      tag,
      image,
      order: service.releaseOrder,
      strategy: service.strategy,
      smoke: service.smokeChecks,
      ...(service.releaseCommand === undefined ? {} : { releaseCommand: service.releaseCommand }),
      ...(service.sticky === undefined ? {} : { sticky: service.sticky.cookie }),
      ...(endpoint === undefined ? {} : { endpoint }),
      // Absent where there are none, as releases of before have told it.
      ...(Object.keys(ports).length === 0 ? {} : { ports }),
      health: service.healthCheck,
      deadline: service.deadline,
      watch: { ...service.watch },
      drain: service.drain,
      stopGrace: service.stopGrace,
      ...(service.pidsLimit === DEFAULTS.app.pidsLimit ? {} : { pidsLimit: service.pidsLimit }),
    }));
}

/** What the proxies' configuration depends on besides the services. */
export function proxySettings(proxy: Proxy): ProxySettings {
  return {
    routes: proxy.routes,
    publicPort: PROXY_PORTS.public,
    statusPort: PROXY_PORTS.status,
    // Absent where there is none, as releases of before have told it.
    ...(proxy.tls === undefined ? {} : { tls: tlsSettings(proxy.tls) }),
    connectTimeout: proxy.timeouts.connect,
    clientTimeout: proxy.timeouts.client,
    serverTimeout: proxy.timeouts.server,
    drainTimeout: proxy.drain,
    errorPages: { ...proxy.errorPages },
  };
}

function tlsSettings({ port, redirect, hsts }: Tls): TlsSettings {
  const told = hsts === undefined ? {} : { hsts };
  return { port: PROXY_PORTS.tls, publicPort: port, redirect, ...told };
}
