/** The gate: waits until new copies prove that they can serve, or says why they cannot. */
import type { ContainerView, ReleaseHost } from "./host.ts";
import { type Proxy, pause } from "./proxy.ts";
import type { ServerStatus } from "./runtime-api.ts";
import type { ServiceRequest, SlotName } from "./types.ts";

/** Why a release stopped: one readable block for each failing service and host. */
export class ReleaseFailure extends Error {
  override readonly name = "ReleaseFailure";
}

const POLL = 250;
const LOG_LINES = 20;

/**
 * Waits until containers of a service's slot are healthy.
 * @param all the slot's containers, in order, of which some may not have been started yet.
 * @throws ReleaseFailure naming the cause, with the container's last log lines.
 */
export async function passGate(
  proxy: Proxy,
  service: ServiceRequest,
  slot: SlotName,
  containers: string[],
  all = containers,
): Promise<void> {
  const until = Date.now() + service.deadline * 1000;
  const successes = new Map<string, number>();
  for (;;) {
    const views = await Promise.all(containers.map((name) => mustRun(proxy.host, service, name)));
    const ownReady = await Promise.all(
      views.map((view) => proves(proxy.host, service, view, successes)),
    );
    const loaded = service.endpoint === undefined ? [] : await proxy.servers(service.name, slot);
    const servers = loaded.filter((_, index) => containers.includes(all[index] ?? ""));
    if (ownReady.every((ready) => ready) && servers.every(isUp)) return;
    if (Date.now() > until) {
      const waiting = containers.filter((_, index) => !ownReady[index] || !isUp(servers[index]));
      const name = waiting[0] ?? containers[0] ?? "";
      const why = explain(service, servers[containers.indexOf(name)]);
      throw await failure(proxy.host, service, name, `${why} within ${service.deadline} s`);
    }
    await pause(POLL);
  }
}

/** True if the proxy's own check, and not only its first assumption, says that the server is up. */
export function isUp(server: ServerStatus | undefined): boolean {
  if (server === undefined) return true; // a worker that listens nowhere
  return server.status.startsWith("UP") && /^L[467]OK/.test(server.check);
}

async function mustRun(
  host: ReleaseHost,
  service: ServiceRequest,
  name: string,
): Promise<ContainerView> {
  const view = await host.inspect(name);
  if (view === undefined) throw await failure(host, service, name, "was removed while it started");
  if (view.running && view.restarts === 0) return view;
  throw await failure(host, service, name, exitCause(await afterExit(host, view)));
}

/** A restarted container that runs again tells no exit code: looks until it has exited once more. */
async function afterExit(host: ReleaseHost, view: ContainerView): Promise<ContainerView> {
  const until = Date.now() + 3000;
  for (let now = view; ;) {
    if (!now.running || Date.now() > until) return now;
    await pause(20);
    now = (await host.inspect(view.name)) ?? now;
  }
}

function exitCause({ outOfMemory, running, exitCode, restarts }: ContainerView): string {
  if (outOfMemory) {
    return "was killed: it used more memory than its limit. Raise `memory`, or make it need less";
  }
  const restarted = restarts > 0 ? ` and was restarted (${restarts} ×)` : "";
  return running ? `exited${restarted}` : `exited with code ${exitCode}${restarted}`;
}

async function proves(
  host: ReleaseHost,
  { health }: ServiceRequest,
  view: ContainerView,
  successes: Map<string, number>,
): Promise<boolean> {
  switch (health.kind) {
    case "http":
    case "tcp":
      return true; // the proxy's checks decide
    case "running":
      return Date.now() - view.startedAt >= health.seconds * 1000;
    case "command": {
      const { exitCode } = await host.exec(view.name, health.command);
      const count = exitCode === 0 ? (successes.get(view.name) ?? 0) + 1 : 0;
      successes.set(view.name, count);
      return count >= health.successes;
    }
  }
}

/** The proxy's verdict in plain words. */
export function explain(service: ServiceRequest, server: ServerStatus | undefined): string {
  const { health, endpoint } = service;
  if (server === undefined || endpoint === undefined) {
    return health.kind === "command"
      ? `its check \`${health.command.join(" ")}\` did not succeed`
      : "did not stay up";
  }
  const path = health.kind === "http" ? health.path : "";
  const code = server.check;
  if (code === "L4CON") return `nothing listens on port ${endpoint.port} (${server.detail})`;
  if (code === "L4TOUT") return `no connection to port ${endpoint.port}`;
  if (code === "L7STS") return `\`GET ${path}\` answered ${server.code ?? "another status"}`;
  if (code === "L7TOUT") {
    return `\`GET ${path}\` is too slow: no answer in ${server.duration ?? "?"} ms`;
  }
  if (code === "L7RSP") return `port ${endpoint.port} does not speak HTTP (${server.detail})`;
  return `not healthy (${[server.status, code, server.detail].filter(Boolean).join(", ")})`;
}

async function failure(
  host: ReleaseHost,
  service: ServiceRequest,
  container: string,
  cause: string,
): Promise<ReleaseFailure> {
  const logs = await host.logs(container, LOG_LINES);
  const quoted = logs === "" ? "(it printed nothing)" : logs.replace(/^/gm, "    | ");
  return new ReleaseFailure(
    `service \`${service.name}\` ${service.tag} on host \`${host.name}\`: ${cause}.\n` +
      `    Its last ${LOG_LINES} log lines (${container}):\n${quoted}`,
  );
}
