/** The gate: waits until new replicas prove that they can serve, or says why they cannot. */
import { setTimeout as pause } from "node:timers/promises";
import { type Finding, blocks } from "../../../diagnosis/cause.ts";
import type { CheckRun } from "../../diagnosis/checks.ts";
import { diagnoseEnd, diagnoseUnhealthy } from "../../diagnosis/diagnose.ts";
import { explainStart } from "../../../diagnosis/start.ts";
import { type ContainerView, type ReleaseHost, StartFailure } from "../../../engine/host.ts";
import type { ProxyControl } from "../../proxy/control.ts";
import type { ServerStatus } from "../../proxy/runtime-api.ts";
import type { ServiceRequest, SlotName } from "../../types.ts";
import type { ReplicaPort } from "../../replica-ports.ts";
import { ReleaseFailure } from "../failures.ts";
import { closedPorts } from "./closed-ports.ts";
import { isUp } from "../../proxy/runtime-api.ts";

const POLL = 250;
/** Once a replica has failed for good, the others get so long to show whether they fail as well. */
const SETTLE = 1000;

/**
 * Starts a service's containers, all of them.
 * @throws ReleaseFailure with the cause for every one that the engine does not start.
 */
export async function startCopies(
  host: ReleaseHost,
  service: ServiceRequest,
  containers: string[],
): Promise<void> {
  const results = await Promise.allSettled(containers.map((name) => host.start(name)));
  const errors = results.flatMap((result): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  if (errors.length === 0) return;
  const findings = errors.map((error) => {
    if (!(error instanceof StartFailure)) throw error;
    return { container: error.container, cause: explainStart(error.reason) };
  });
  throw new ReleaseFailure(blocks(subject(host, service), findings), { cause: errors[0] });
}

/**
 * Waits until containers of a service's slot are healthy: until the deadline where waiting may
 * help, and no longer than it takes to see who else fails where it cannot.
 * @param of the slot's containers, in order, of which some may not have been started yet; and those that
 * this release has made, which must not have been started again.
 * @throws ReleaseFailure naming every failing container's cause, with its last log lines.
 */
export async function passGate(
  proxy: ProxyControl,
  service: ServiceRequest,
  slot: SlotName,
  containers: string[],
  { all = containers, fresh = containers }: { all?: string[]; fresh?: string[] } = {},
): Promise<void> {
  const { host } = proxy;
  const until = Date.now() + service.deadline * 1000;
  const checks = new Map(containers.map((name) => [name, new CommandCheck()]));
  /** Containers that failed for good, as they were then; undefined: removed. */
  const ended = new Map<string, ContainerView | undefined>();
  /** Ports that the proxy's checks do not look at, and that took no connection when the container was up. */
  const closed = new Map<string, ReplicaPort[]>();
  let settled = Infinity;
  let soundness: Soundness | undefined;
  for (;;) {
    const views = await Promise.all(containers.map((name) => host.inspect(name)));
    soundness ??= new Soundness(views, fresh);
    const isSound = soundness.of;
    containers.forEach((name, index) => {
      const view = views[index];
      if (!ended.has(name) && !isSound(view)) ended.set(name, view);
    });
    const ready = views.map((view, index) => {
      const check = checks.get(containers[index] ?? "");
      return view !== undefined && isSound(view) && proves(host, service, view, check);
    });
    const loaded = service.endpoint === undefined ? [] : await proxy.servers(service.name, slot);
    const servers = containers.map((name) => loaded[all.indexOf(name)]);
    // What the check says of another container that had the address before does not count.
    const checked = servers.map((server, index) => reaches(server, views[index]) && isUp(server));
    for (const [index, name] of containers.entries()) {
      if (checked[index] && closed.get(name)?.length !== 0) {
        closed.set(name, await closedPorts(proxy, service, name));
      }
    }
    const up = containers.map((name, index) => checked[index] && closed.get(name)?.length === 0);
    if (ended.size === 0 && ready.every(Boolean) && up.every(Boolean)) return;

    const now = Date.now();
    const waiting = containers.filter(
      (name, index) => !ended.has(name) && !(ready[index] && up[index]),
    );
    if (ended.size > 0) settled = Math.min(settled, now + SETTLE);
    const over = now > until;
    if (over || (ended.size > 0 && (waiting.length === 0 || now > settled))) {
      const failed = containers.filter(
        (name) => ended.has(name) || (over && waiting.includes(name)),
      );
      throw await failure(host, service, failed, (name) =>
        ended.has(name)
          ? diagnoseEnd(host, name, ended.get(name))
          : diagnoseUnhealthy({
              proxy,
              service,
              container: name,
              server: servers[containers.indexOf(name)],
              check: checks.get(name)?.last,
              closed: closed.get(name),
            }),
      );
    }
    await pause(POLL);
  }
}

/** True if the proxy sends a server's requests to this very container. */
function reaches(server: ServerStatus | undefined, view: ContainerView | undefined): boolean {
  if (server === undefined) return true; // a worker that listens nowhere
  return server.address !== undefined && (view?.addresses.includes(server.address) ?? false);
}

/** Whether containers still run as they did when they were seen first. */
export class Soundness {
  readonly #restarts: Map<string, number>;

  /** @param fresh those of which no restart is forgiven, not even one that was before. */
  constructor(first: (ContainerView | undefined)[], fresh: string[]) {
    this.#restarts = new Map(
      first.flatMap((view) =>
        view === undefined ? [] : [[view.name, fresh.includes(view.name) ? 0 : view.restarts]],
      ),
    );
  }

  /** Runs, and was not started again. */
  readonly of = (view: ContainerView | undefined): boolean =>
    view !== undefined && view.running && view.restarts === (this.#restarts.get(view.name) ?? 0);
}

function proves(
  host: ReleaseHost,
  { health }: ServiceRequest,
  view: ContainerView,
  check: CommandCheck | undefined,
): boolean {
  switch (health.kind) {
    case "http":
    case "tcp":
      return true; // the proxy's checks decide
    case "running":
      return Date.now() - view.startedAt >= health.seconds * 1000;
    case "command":
      if ((check?.successes ?? 0) >= health.successes) return true;
      check?.run(host, view.name, health.command, health.timeout);
      return false;
  }
}

/** Most bytes that a check command may print. */
const MOST_OUTPUT = 64 * 1024;

/** A check command of one container: one run at a time, so that a slow one holds up nothing. */
export class CommandCheck {
  /** In a row. */
  successes = 0;
  last: CheckRun | undefined;
  #running = false;

  /** Starts a run unless one is under way. */
  run(host: ReleaseHost, container: string, command: readonly string[], timeout: number): void {
    if (this.#running) return;
    this.#running = true;
    const limits = { bytes: MOST_OUTPUT, seconds: timeout };
    const ran = host.exec(container, command, undefined, limits).then(
      ({ exitCode, stdout, stderr, ended }): CheckRun => ({
        exitCode,
        output: `${stdout}${stderr}`,
        ...(ended === "late" ? { timedOut: timeout } : {}),
        ...(ended === "large" ? { tooMuch: MOST_OUTPUT } : {}),
      }),
      () => undefined, // it ended meanwhile, which the next look finds
    );
    void ran.then((result) => {
      this.last = result ?? this.last;
      this.successes = result?.exitCode === 0 ? this.successes + 1 : 0;
      this.#running = false;
    });
  }
}

async function failure(
  host: ReleaseHost,
  service: ServiceRequest,
  containers: string[],
  diagnose: (container: string) => Promise<Finding>,
): Promise<ReleaseFailure> {
  const findings = await Promise.all(containers.map(diagnose));
  return new ReleaseFailure(blocks(subject(host, service), findings));
}

/** What a failure is about, as all of them begin. */
export function subject(host: ReleaseHost, { name, tag }: ServiceRequest): string {
  return `service \`${name}\` ${tag} on host \`${host.name}\``;
}
