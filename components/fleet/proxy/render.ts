/** The proxy's files, rendered from a host's state: pure, stable, tested without a proxy. */
import { readFileSync } from "node:fs";
import { Eta } from "eta";
import { byName } from "../../order.ts";
import { FORWARDER_KEY, PROXY_KEY } from "../state/guards.ts";
import { renderForwarder } from "./forwarder.ts";
import { errorFile, maintenanceEntries } from "./pages.ts";
import { PEER_HEADERS, SERVICE_TLV, peerEntries, peerPort, remoteBackends } from "./peers.ts";
import { HOST_CHECK, PEER_PORTS } from "../../hosts/peer-ports.ts";
import { httpPorts, linkPorts, linkTarget, namedPorts, served } from "./ports.ts";
import {
  ADMIN_SOCKET,
  CERTIFICATE_FILE,
  ENTRY_FOLDER,
  PORTS_CONFIG,
  PROXY_CONFIG,
  PROXY_FOLDER,
} from "./programs.ts";
import { describeConfig } from "./runtime-api.ts";
import { backendName, contentOf, slotPorts, slotServers } from "./slot-servers.ts";
import { tlsView } from "./tls.ts";
import { type ReplicaPort, checkedPort } from "../replica-ports.ts";
import type { HealthCheck, Route } from "../../services/index.ts";
import type { HostState, ServiceState, SlotName } from "../types.ts";

/** Files that every configuration has; error pages come beside them as `error-STATUS.http`. */
type FileName =
  | "haproxy.cfg"
  | "proxy.cfg"
  | "hold.lua"
  | "slots.map"
  | "canary.map"
  | "held.map"
  | "links.map"
  | "maintenance.map"
  | "serving"
  | "state.json";

/** The files of the proxy's configuration folder, by name. */
export type ProxyFiles = Record<FileName, string> & Record<string, string>;

/** The longest that one request waits for a held service, in seconds. */
export const LONGEST_HOLD = 30;

const SLOTS: SlotName[] = ["a", "b"];
const eta = new Eta({ autoEscape: false, autoTrim: false });
const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const template = read("./haproxy.cfg.eta");
const holdScript = read("./hold.lua");

/** All files that make a proxy serve `state`. */
export function renderProxyFiles(state: HostState): ProxyFiles {
  const config = renderConfig(state, "names", PROXY_FOLDER);
  return {
    [PROXY_CONFIG]: config,
    [PORTS_CONFIG]: state.forwarder === undefined ? config : renderForwarder(state),
    "hold.lua": holdScript,
    "slots.map": renderSlotsMap(state),
    "canary.map": renderCanaryMap(state),
    // Always empty: a proxy that restarts holds nobody.
    "held.map": "",
    "links.map": renderLinksMap(state),
    "maintenance.map": renderMap(maintenanceEntries(state)),
    ...errorFiles(state),
    serving: renderServing(state),
    "state.json": `${JSON.stringify(state, null, 1)}\n`,
  };
}

/**
 * The same configuration for a trial by `haproxy -c`: it names the files in `folder`.
 * @param certificate path of the certificate, which may be elsewhere: it is written only where it changes.
 */
export function renderTrialConfig(state: HostState, folder: string, certificate?: string): string {
  return renderConfig(state, "names", folder, certificate);
}

/** Which backend serves each service: one line `service backend` a service. */
export function renderSlotsMap(state: HostState): string {
  return renderMap(
    served(state)
      .filter(([, service]) => service[service.active] !== null)
      .map(([name, service]) => [name, `${name}.${service.active}`]),
  );
}

/**
 * The HTTP services that are reached at each port: one line `port/service service` a service, and of a named port with
 * the end of its backend's name: `port/service service:.name`. What other hosts may ask for comes last.
 */
export function renderLinksMap(state: HostState): string {
  const links = linkPorts(state)
    .filter(({ protocol }) => protocol !== "tcp")
    .map((link): [string, string] => [`${link.port}/${link.service}`, linkTarget(link)]);
  return renderMap([...links, ...peerEntries(state)]);
}

/** Percent of the requests that go to the standby slot: one line `service percent` a service. */
export function renderCanaryMap(state: HostState): string {
  return renderMap(
    served(state)
      .filter(([, { canary = 0 }]) => canary > 0)
      .map(([name, { canary = 0 }]) => [name, String(canary)]),
  );
}

/**
 * What serves, for the scripts that put things right when a deployer ends half-way (../state/restore.sh):
 * a line for the proxy's container and one for the forwarder's, and one `service slot` for each service, workers
 * included.
 */
export function renderServing({ proxy, forwarder, services }: HostState): string {
  const slots = Object.entries(services).map(([name, { active }]): [string, string] => [
    name,
    active,
  ]);
  return renderMap([
    ...(proxy === undefined ? [] : [[PROXY_KEY, proxy] as [string, string]]),
    ...(forwarder === undefined ? [] : [[FORWARDER_KEY, forwarder] as [string, string]]),
    ...slots,
  ]);
}

function renderMap(entries: [string, string][]): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join("");
}

function errorFiles(state: HostState): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state.settings.errorPages).map(([status, html]) => [
      `error-${status}.http`,
      errorFile(status, html),
    ]),
  );
}

/**
 * The configuration without what the running proxy can be told by its socket (container names, which
 * slot rests): two states of the same shape need no reload between them.
 */
export function configShape(state: HostState): string {
  const files = [renderLinksMap(state), ...Object.values(errorFiles(state))];
  return [renderConfig(state, "shape", PROXY_FOLDER), holdScript, ...files].join("\n");
}

/** Short name of a shape; a running proxy shows it as its description. */
export function shapeName(state: HostState): string {
  return describeConfig(configShape(state));
}

function renderConfig(
  state: HostState,
  detail: "names" | "shape",
  folder: string,
  certificate = `${PROXY_FOLDER}/${CERTIFICATE_FILE}`,
): string {
  const backends = served(state).flatMap(([name, service]) =>
    SLOTS.flatMap((slot) =>
      slotPorts(service, slot).map((port) => backendView(name, service, slot, port, detail)),
    ),
  );
  const text = eta.renderString(template, {
    settings: state.settings,
    tls: tlsView(state, certificate),
    ...routing(state.settings.routes),
    folder,
    ...{ entry: ENTRY_FOLDER, adminSocket: ADMIN_SOCKET },
    description: detail === "names" ? shapeName(state) : "*",
    longestHold: LONGEST_HOLD,
    errorPages: Object.keys(state.settings.errorPages),
    httpPorts: httpPorts(state),
    namedPorts: namedPorts(state),
    namedRoutes: state.settings.routes.some(({ port }) => port !== undefined),
    tcpPorts: linkPorts(state).filter(({ protocol }) => protocol === "tcp"),
    backends,
    remote: remoteBackends(state),
    hostCheck: HOST_CHECK,
    peers: state.peers === true ? PEER_PORTS : undefined,
    ...{ peerPort, tlv: SERVICE_TLV, peerHeaders: PEER_HEADERS },
  });
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

function backendView(
  name: string,
  service: ServiceState,
  slot: SlotName,
  { name: portName, port, protocol }: ReplicaPort,
  detail: string,
) {
  const content = contentOf(service, slot);
  if (content === null) throw new Error(`Service \`${name}\` has no slot.`);
  const { health } = content;
  const checked = checkedPort(content);
  const own = service[slot];
  return {
    name: backendName(name, slot, portName),
    // A replica is up or down as a whole: by the checks of its main port's backend.
    tracks: portName === undefined ? undefined : backendName(name, slot),
    protocol,
    port,
    // Checks by path speak HTTP/1.1, whatever the main port does.
    checkProto: protocol === "h2c" && health.kind === "http" ? "h1" : undefined,
    checkPort: checked?.name === undefined ? undefined : checked.port,
    // A number for each server: the same on every host, so that any host's proxy knows its cookie.
    sticky: protocol === "http" ? content.sticky : undefined,
    servers: slotServers(service, slot).map(({ container, rests }) =>
      detail === "shape" ? { container: "*", rests: false } : { container, rests },
    ),
    // A starting proxy must know the servers it serves with at once; others are resolved as it runs:
    // names of containers that do not run yet could cost it seconds each.
    initAddr: detail === "names" && service.active === slot && own !== null ? "libc,none" : "none",
    check: checkPace(health),
    httpCheck:
      health.kind === "http"
        ? {
            path: health.path,
            status: health.status?.join() ?? "200-399",
            headers: checkHeaders(name, health.requestHeaders),
          }
        : undefined,
  };
}

/** The headers of a check's request; `%` would begin a name of HAProxy's. */
function checkHeaders(service: string, given: Readonly<Record<string, string>>): string {
  const { host = service, "user-agent": agent = "longshore-check", ...others } = given;
  const word = (text: string) =>
    /^[\w./:-]+$/.test(text) ? text : quote(text.replaceAll("%", "%%"));
  const all = [["Host", host], ["User-Agent", agent], ...Object.entries(others)];
  return all.map(([name = "", value = ""]) => `hdr ${name} ${word(value)}`).join(" ");
}

function checkPace(health: HealthCheck) {
  if (health.kind === "running") return { interval: 2, timeout: 2, successes: 1 };
  return { interval: health.interval, timeout: health.timeout, successes: health.successes };
}

/**
 * Named domains before those with a wildcard, longest first, before any domain; longer paths first, and of the same place those with a condition
 * before those without: the first match is the most specific.
 */
function sortRoutes(routes: readonly Route[]): Route[] {
  const rank = ({ domain }: Route) =>
    domain === undefined ? Infinity : domain.startsWith("*.") ? 1000 - domain.length : 0;
  const between = (x: Route, y: Route) => (rank(x) === rank(y) ? 0 : rank(x) - rank(y));
  const chance = (route: Route) => (route.when === undefined ? 1 : 0);
  return [...routes].sort(
    (x, y) =>
      between(x, y) ||
      byName(x.domain ?? "", y.domain ?? "") ||
      y.path.length - x.path.length ||
      byName(x.path, y.path) ||
      chance(x) - chance(y),
  );
}

/** Named conditions on cookies and headers, and the routes that use them. */
function routing(unsorted: readonly Route[]) {
  const conditions: { acl: string; test: string }[] = [];
  const routes = sortRoutes(unsorted).flatMap((route) => {
    if (route.when === undefined) return routeViews(route, "");
    const acl = `when-${conditions.length + 1}`;
    conditions.push({ acl, test: conditionTest(route.when) });
    return routeViews(route, ` ${acl}`);
  });
  return { conditions, routes };
}

/** A header counts as a whole: a comma in it separates nothing. */
function conditionTest(when: NonNullable<Route["when"]>): string {
  const fetch = "cookie" in when ? `req.cook(${when.cookie})` : `req.fhdr(${when.header})`;
  return `${quote(fetch)} -m str -- ${quote(when.value)}`;
}

/** A word of the configuration in which nothing has a meaning of its own. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** One or two lines of conditions: the path itself, and everything below it. */
function routeViews(route: Route, when: string) {
  const domain =
    route.domain === undefined ? "" : ` { req.hdr(host),field(1,:) ${match(route.domain)} }`;
  const base = route.path.replace(/\/+$/, "");
  const paths = base === "" ? [""] : [` { path ${base} }`, ` { path_beg ${base}/ }`];
  return paths.map((path) => ({ to: route.to, port: route.port, condition: domain + path + when }));
}

/** A host name as it is, or all that end in a dot and it. */
function match(domain: string): string {
  return domain.startsWith("*.") ? `-m end -i ${domain.slice(1)}` : `-m str -i ${domain}`;
}
