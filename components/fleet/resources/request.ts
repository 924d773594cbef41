/** The part of a release's request that follows from the definition alone. */
import * as pulumi from "@pulumi/pulumi";
import type { HealthCheck, Proxy, Service } from "../../services/index.ts";
import { PROXY_PORTS } from "./container.ts";
import type { Health, ProxySettings, ServiceRequest, Strategy } from "../types.ts";

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
      strategy: toStrategy(service.strategy),
      smoke: service.smokeChecks.map(toSmokeCheck),
      ...(service.releaseCommand === undefined
        ? {}
        : { releaseCommand: [...service.releaseCommand] }),
      ...(service.sticky === undefined ? {} : { sticky: service.sticky.cookie }),
      ...(endpoint === undefined ? {} : { endpoint: { ...endpoint } }),
      // Absent where there are none, as releases of before have told it.
      ...(Object.keys(ports).length === 0 ? {} : { ports: { ...ports } }),
      health: toHealth(service.healthCheck),
      deadline: service.deadline,
      watch: { ...service.watch },
      drain: service.drain,
      stopGrace: service.stopGrace,
    }));
}

/** What the proxies' configuration depends on besides the services. */
export function proxySettings(proxy: Proxy): ProxySettings {
  return {
    routes: proxy.routes.map(({ domain, path, when, to, port }) => ({
      ...(domain === undefined ? {} : { domain }),
      path,
      ...(when === undefined ? {} : { when }),
      to,
      ...(port === undefined ? {} : { port }),
    })),
    publicPort: PROXY_PORTS.public,
    statusPort: PROXY_PORTS.status,
    connectTimeout: proxy.timeouts.connect,
    clientTimeout: proxy.timeouts.client,
    serverTimeout: proxy.timeouts.server,
    drainTimeout: proxy.drain,
    errorPages: { ...proxy.errorPages },
  };
}

function toStrategy(strategy: Service["strategy"]): Strategy {
  if (strategy.kind !== "canary") return strategy;
  const { maxLatency, steps, ...others } = strategy;
  return { ...others, steps: [...steps], ...(maxLatency === undefined ? {} : { maxLatency }) };
}

function toSmokeCheck(check: Service["smokeChecks"][number]) {
  const { path, status, requestHeaders, headers, startsWith } = check;
  return {
    path,
    status,
    ...unlessEmpty(requestHeaders),
    headers: { ...headers },
    ...(startsWith === undefined ? {} : { startsWith }),
  };
}

function unlessEmpty(requestHeaders: Readonly<Record<string, string>>): {
  requestHeaders?: Record<string, string>;
} {
  return Object.keys(requestHeaders).length === 0 ? {} : { requestHeaders: { ...requestHeaders } };
}

function toHealth(check: HealthCheck): Health {
  switch (check.kind) {
    case "running":
      return { kind: "running", seconds: check.seconds };
    case "command":
      return { ...pace(check), kind: "command", command: [...check.command] };
    case "tcp":
      return { ...pace(check), kind: "tcp", ...checked(check) };
    case "http": {
      const { status = [], requestHeaders } = check;
      const [first] = status;
      return {
        ...{ ...pace(check), kind: "http", path: check.path },
        // One is told as ever: a host's record of before says the same.
        ...(first === undefined ? {} : { status: status.length === 1 ? first : [...status] }),
        ...unlessEmpty(requestHeaders),
        ...checked(check),
      };
    }
  }
}

function checked({ port }: { port?: string }): { port?: string } {
  return port === undefined ? {} : { port };
}

function pace({ interval, timeout, successes }: Exclude<HealthCheck, { kind: "running" }>) {
  return { interval, timeout, successes };
}
