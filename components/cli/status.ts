/** `longshore status`: services, versions, copies and health on each host, as the hosts see it. */
import { isUp } from "../fleet/release/gate.ts";
import type { Maintenance } from "../fleet/release/types.ts";
import type { CommonOptions, Terminal } from "./context.ts";
import { type Copy, type HostView, viewHosts } from "./hosts.ts";
import { openStack } from "./stack.ts";
import { table, timeText } from "./table.ts";

/** One copy of a service. */
export interface CopyStatus {
  host: string;
  service: string;
  copy: number;
  version: string;
  container: string;
  /** `running`, `stopped`, `restarting`, `missing`. */
  state: string;
  /** `healthy`, `unhealthy (L4CON)`, or `-` where the proxy checks nothing. */
  health: string;
  /** ISO 8601; when it was started. */
  since: string | null;
}

/** A host as a whole. */
export interface HostStatus {
  host: string;
  release: number;
  /** `running`, `stopped`. */
  proxy: string;
  maintenance: Maintenance | null;
}

export interface Status {
  stack: string;
  hosts: HostStatus[];
  copies: CopyStatus[];
}

export async function status(options: CommonOptions, terminal: Terminal): Promise<void> {
  const open = await openStack(options);
  const hosts = await viewHosts(await open.request());
  const looked = await Promise.all(hosts.map(lookAt));
  const found: Status = {
    stack: open.name,
    hosts: looked.map(({ host }) => host),
    copies: looked.flatMap(({ copies }) => copies),
  };
  terminal.out(options.json ? JSON.stringify(found) : statusText(found));
}

/** The status as people read it. */
export function statusText({ stack, hosts, copies }: Status): string {
  const lines = hosts.map(
    ({ host, release, proxy, maintenance }) =>
      `${stack} on ${host}: release ${release}, proxy ${proxy}` +
      (maintenance === null ? "" : `, in maintenance since ${maintenance.since}`),
  );
  const rows = copies.map((copy) => [
    copy.service,
    copy.version,
    `${copy.host}/${copy.copy}`,
    copy.state,
    copy.health,
    copy.since === null ? "-" : timeText(copy.since),
  ]);
  const header = ["SERVICE", "VERSION", "COPY", "STATE", "HEALTH", "SINCE (UTC)"];
  return [...lines, table(header, rows)].join("\n");
}

async function lookAt(host: HostView): Promise<{ host: HostStatus; copies: CopyStatus[] }> {
  const { request, state, proxy } = host;
  const running = await proxy.running();
  const copies = await Promise.all(
    host.copies.map(async (copy) => {
      const service = state?.services[copy.service];
      const slot = service?.[service.active];
      return {
        host: copy.host,
        service: copy.service,
        copy: copy.number,
        version: slot?.tag ?? "?",
        container: copy.container,
        state: stateOf(copy),
        health: running && slot?.endpoint !== undefined ? await healthOf(host, copy) : "-",
        since: copy.view?.running ? new Date(copy.view.startedAt).toISOString() : null,
      };
    }),
  );
  return {
    host: {
      host: request.name,
      release: state?.release ?? 0,
      proxy: running ? "running" : "stopped",
      maintenance: state?.maintenance ?? null,
    },
    copies,
  };
}

function stateOf({ view }: Copy): string {
  if (view === undefined) return "missing";
  if (view.restarting) return "restarting";
  return view.running ? "running" : "stopped";
}

async function healthOf({ proxy, state }: HostView, copy: Copy): Promise<string> {
  const service = state?.services[copy.service];
  if (service === undefined) return "-";
  const servers = await proxy.servers(copy.service, service.active);
  const server = servers[copy.number - 1];
  if (server === undefined) return "-";
  return isUp(server) ? "healthy" : `unhealthy (${server.check || server.status})`;
}
