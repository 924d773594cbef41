/** Looks at a container that failed, and finds the cause. */
import { setTimeout as pause } from "node:timers/promises";
import type { ContainerView, ExecResult, ReleaseHost } from "../../engine/host.ts";
import type { ProxyControl } from "../proxy/control.ts";
import type { ServerStatus } from "../proxy/runtime-api.ts";
import type { ServiceRequest } from "../types.ts";
import { type Cause, type Finding, LOG_LINES } from "../../diagnosis/cause.ts";
import {
  type CheckRun,
  type Looked,
  because,
  explainCheck,
  explainCommand,
  notListening,
} from "./checks.ts";
import { explainExit } from "../../diagnosis/exit.ts";
import { type Listener, parseListeners } from "../../diagnosis/listeners.ts";
import { explainRestraint } from "../../diagnosis/restraint.ts";
import { type ReplicaPort, checkedPort } from "../replica-ports.ts";
import { isUp } from "../proxy/runtime-api.ts";

/** Seconds that a slow answer is waited for, to name how slow it is. */
const PATIENCE = 10;
/** Exit codes of curl: an answer that is no HTTP/1, and none in time. */
const CURL = { notHttp: 1, timedOut: 28 };
/** Milliseconds in which the engine has said why a container was killed, or it has exited again. */
const RECONSIDER = 3000;

/** A container that ended, or was removed (`view` undefined). */
export async function diagnoseEnd(
  host: ReleaseHost,
  container: string,
  view: ContainerView | undefined,
): Promise<Finding> {
  if (view === undefined) {
    const fix = "Somebody removed it on the host. Run the update again, which starts anew.";
    return { container, cause: { what: "was removed while it started", fix } };
  }
  const [end, facts, engine, logs] = await Promise.all([
    exitOf(host, view),
    host.inspection.container(container),
    host.inspection.engine(),
    host.logs(container, LOG_LINES),
  ]);
  return { container, cause: explainExit({ view: end, facts, engine, logs }), logs };
}

/** A release command that failed, in a container made like another one and gone since. */
export async function diagnoseCommand(
  host: ReleaseHost,
  container: string,
  { command, exitCode, logs }: { command: readonly string[]; exitCode: number; logs: string },
): Promise<Finding> {
  const [facts, engine] = await Promise.all([
    host.inspection.container(container),
    host.inspection.engine(),
  ]);
  const view = { running: false, exitCode, outOfMemory: false, restarts: 0 };
  const { what, fix } = explainExit({ view, facts, engine, logs, ran: "releaseCommand" });
  const whole = `its release command \`${command.join(" ")}\` ${what}`;
  return { container, cause: { what: whole, fix }, logs };
}

/** What is known of a running container that is not healthy. */
export interface Unhealthy {
  proxy: ProxyControl;
  service: ServiceRequest;
  container: string;
  /** The proxy's verdict; undefined for a worker that serves nobody. */
  server: ServerStatus | undefined;
  /** How its check command ended last, if it has one. */
  check: CheckRun | undefined;
  /** Ports that take no connection although the proxy's checks succeed. */
  closed?: ReplicaPort[];
  /** @default not healthy after its deadline */
  when?: string;
}

/** A container that runs and does not become healthy. */
export async function diagnoseUnhealthy(found: Unhealthy): Promise<Finding> {
  const { proxy, container } = found;
  // Its log first: what is done to look at it may leave lines there.
  const logs = await proxy.host.logs(container, LOG_LINES);
  const { what, fix } = await causeOf(found, explainRestraint(logs));
  const when = found.when ?? `not healthy after ${found.service.deadline} s`;
  return { container, cause: { what: `${when}: ${what}`, fix }, logs };
}

async function causeOf(
  { proxy, service, container, server, check, closed }: Unhealthy,
  restraint: Cause | undefined,
): Promise<Cause> {
  const { health } = service;
  if (health.kind === "command" && (check === undefined || check.exitCode !== 0)) {
    return because(explainCommand(health.command, check), restraint);
  }
  const [shut] = closed ?? [];
  if (shut !== undefined && isUp(server)) {
    const listeners = await listenersOf(proxy, container).catch(() => undefined);
    return notListening(shut, "its connection failed", listeners);
  }
  if (server !== undefined && service.endpoint !== undefined) {
    // A host that cannot be looked at must not hide what the proxy's check says.
    const looked = await look(proxy, service, container, server).catch(() => ({}));
    return explainCheck(service, server, { ...looked, restraint });
  }
  if (health.kind === "running") {
    return {
      what: `it has to run for ${health.seconds} s to count as healthy`,
      fix: "Raise its `deadline` above `healthCheck.runningFor`.",
    };
  }
  return {
    what: "its check succeeded too seldom",
    fix: "Raise its `deadline`, or lower `healthCheck.successes`.",
  };
}

async function look(
  proxy: ProxyControl,
  service: ServiceRequest,
  container: string,
  server: ServerStatus,
): Promise<Looked> {
  if (server.check === "L4CON") {
    return { listeners: await listenersOf(proxy, container) };
  }
  if (service.health.kind !== "http") return {};
  const url = `http://${container}:${checkedPort(service)?.port}${service.health.path}`;
  // While a check is under way, the proxy does not say what the last one was answered.
  if (server.check === "L7STS" && !server.code) {
    const ran = await ask(proxy, service, url, "%{http_code}");
    return { status: Number(ran.stdout) || undefined };
  }
  if (server.check === "L7TOUT") {
    const ran = await ask(proxy, service, url, "%{time_total}");
    if (ran.exitCode === CURL.notHttp) return { notHttp: true };
    if (ran.exitCode === CURL.timedOut) return { answer: { seconds: undefined, waited: PATIENCE } };
    const seconds = Number.parseFloat(ran.stdout);
    if (ran.exitCode !== 0 || Number.isNaN(seconds)) return {};
    return { answer: { seconds, waited: PATIENCE } };
  }
  return {};
}

async function listenersOf(
  proxy: ProxyControl,
  container: string,
): Promise<Listener[] | undefined> {
  const tables = await proxy.host.inspection.sockets(container, proxy.container);
  return tables === undefined ? undefined : parseListeners(tables);
}

/** The check's request, from the proxy's container; prints what curl's `format` names. */
function ask(
  proxy: ProxyControl,
  { name, health }: ServiceRequest,
  url: string,
  format: string,
): Promise<ExecResult> {
  const given = health.kind === "http" ? health.requestHeaders : undefined;
  const headers = Object.entries({ host: name, ...given });
  const limits = ["--silent", "--output", "/dev/null", "--max-time", String(PATIENCE)];
  const asked = [
    "--write-out",
    format,
    ...headers.flatMap(([key, value]) => ["--header", `${key}: ${value}`]),
    url,
  ];
  return proxy.host.exec(proxy.container, ["curl", ...limits, ...asked]);
}

/**
 * A restarted container that runs again tells no exit code, and a killed one not at once that it was
 * for its memory: looks until it does.
 */
async function exitOf(host: ReleaseHost, view: ContainerView): Promise<ContainerView> {
  const until = Date.now() + RECONSIDER;
  const unexplained = Date.now() + 500;
  for (let now = view; ;) {
    const killed = !now.running && now.exitCode === 137 && !now.outOfMemory;
    if (Date.now() > until || (!now.running && !(killed && Date.now() < unexplained))) return now;
    await pause(20);
    now = (await host.inspect(view.name)) ?? now;
  }
}
