/** The proxy's files, rendered from a host's state: pure, stable, tested without a proxy. */
import { readFileSync } from "node:fs";
import { Eta } from "eta";
import type { Health, HostState, Route, ServiceState, Slot, SlotName } from "./types.ts";

/** The files of the proxy's configuration folder, by name. */
export interface ProxyFiles {
  "haproxy.cfg": string;
  "slots.map": string;
  "state.json": string;
}

const SLOTS: SlotName[] = ["a", "b"];
const eta = new Eta({ autoEscape: false, autoTrim: false });
const template = readFileSync(new URL("./haproxy.cfg.eta", import.meta.url), "utf8");

/** The three files that make a proxy serve `state`. */
export function renderProxyFiles(state: HostState): ProxyFiles {
  return {
    "haproxy.cfg": renderConfig(state, "names"),
    "slots.map": renderSlotsMap(state),
    "state.json": `${JSON.stringify(state, null, 1)}\n`,
  };
}

/** Which backend serves each service: one line `service backend` a service. */
export function renderSlotsMap(state: HostState): string {
  return served(state)
    .filter(([, service]) => service[service.active] !== null)
    .map(([name, service]) => `${name} ${name}.${service.active}\n`)
    .join("");
}

/**
 * The configuration without what the running proxy can be told by its socket (container names, which
 * slot rests): two states of the same shape need no reload between them.
 */
export function configShape(state: HostState): string {
  return renderConfig(state, "shape");
}

function renderConfig(state: HostState, detail: "names" | "shape"): string {
  const backends = served(state).flatMap(([name, service]) =>
    SLOTS.map((slot) => backendView(name, service, slot, detail)),
  );
  const text = eta.renderString(template, {
    settings: state.settings,
    routes: sortRoutes(state.settings.routes).flatMap(routeViews),
    httpPorts: httpPorts(state),
    tcpPorts: served(state)
      .filter(([, service]) => activeSlot(service)?.endpoint?.protocol === "tcp")
      .map(([name, service]) => ({ service: name, port: activeSlot(service)?.endpoint?.port })),
    backends,
  });
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

function backendView(name: string, service: ServiceState, slot: SlotName, detail: string) {
  // A slot that holds nothing of its own mirrors the active one, so that its names always resolve.
  const own = service[slot];
  const content = own ?? activeSlot(service);
  if (content?.endpoint === undefined) throw new Error(`Service \`${name}\` has no endpoint.`);
  const { health } = content;
  return {
    name: `${name}.${slot}`,
    service: name,
    protocol: content.endpoint.protocol,
    port: content.endpoint.port,
    servers: detail === "shape" ? content.servers.map(() => "*") : content.servers,
    disabled: detail === "names" && own === null,
    // A starting proxy must know the servers it serves with at once; others are resolved as it runs.
    initAddr: detail === "names" && service.active === slot ? "libc,none" : "none",
    check: checkPace(health),
    httpCheck:
      health.kind === "http"
        ? { path: health.path, status: health.status ?? "200-399" }
        : undefined,
  };
}

function checkPace(health: Health) {
  if (health.kind === "running") return { interval: 2, timeout: 2, successes: 1 };
  return { interval: health.interval, timeout: health.timeout, successes: health.successes };
}

/** Longest path first, named domains before any domain: the first match is the most specific. */
function sortRoutes(routes: Route[]): Route[] {
  const rank = (route: Route) => (route.domain === undefined ? 1 : 0);
  return [...routes].sort(
    (x, y) =>
      rank(x) - rank(y) ||
      (x.domain ?? "").localeCompare(y.domain ?? "") ||
      y.path.length - x.path.length ||
      x.path.localeCompare(y.path),
  );
}

/** One or two lines of conditions: the path itself, and everything below it. */
function routeViews(route: Route): { to: string; condition: string }[] {
  const domain =
    route.domain === undefined ? "" : ` { req.hdr(host),field(1,:) -m str -i ${route.domain} }`;
  const base = route.path.replace(/\/+$/, "");
  const paths = base === "" ? [""] : [` { path ${base} }`, ` { path_beg ${base}/ }`];
  return paths.map((path) => ({ to: route.to, condition: domain + path }));
}

function httpPorts(state: HostState): { port: number; services: string[] }[] {
  const ports = new Map<number, string[]>();
  for (const [name, service] of served(state)) {
    const endpoint = activeSlot(service)?.endpoint;
    if (endpoint?.protocol !== "http") continue;
    ports.set(endpoint.port, [...(ports.get(endpoint.port) ?? []), name]);
  }
  return [...ports].sort(([x], [y]) => x - y).map(([port, services]) => ({ port, services }));
}

function activeSlot(service: ServiceState): Slot | null {
  return service[service.active] ?? service.a ?? service.b;
}

/** Services that listen somewhere, by name. */
function served(state: HostState): [string, ServiceState][] {
  return Object.entries(state.services)
    .filter(([, service]) => activeSlot(service)?.endpoint !== undefined)
    .sort(([x], [y]) => x.localeCompare(y));
}
