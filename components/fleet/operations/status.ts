/** How a host and its replicas are, as the host sees it. */
import type { HostStatus, ReplicaStatus } from "../../releases/operations.ts";
import { isUp } from "../proxy/runtime-api.ts";
import type { HostView, Replica } from "./replicas.ts";

export async function statusOf(
  host: HostView,
): Promise<{ host: HostStatus; replicas: ReplicaStatus[] }> {
  const { request, state, proxy, runs } = host;
  const running = runs(proxy.container);
  const reached = state?.forwarder === undefined || runs(state.forwarder);
  const replicas = await Promise.all(
    host.replicas.map(async (replica): Promise<ReplicaStatus> => {
      const service = state?.services[replica.service];
      const slot = service?.[service.active];
      return {
        host: replica.host,
        service: replica.service,
        replica: replica.number,
        version: slot?.tag ?? "?",
        container: replica.container,
        state: stateOf(replica),
        health: running && slot?.endpoint !== undefined ? await healthOf(host, replica) : "-",
        since: replica.view?.running ? new Date(replica.view.startedAt).toISOString() : null,
      };
    }),
  );
  return {
    host: {
      host: request.name,
      release: state?.release ?? 0,
      draining: state?.draining ?? null,
      proxy: running && reached ? "running" : "stopped",
      maintenance: state?.maintenance ?? null,
    },
    replicas,
  };
}

function stateOf({ view }: Replica): string {
  if (view === undefined) return "missing";
  if (view.restarting) return "restarting";
  return view.running ? "running" : "stopped";
}

async function healthOf({ proxy, state }: HostView, replica: Replica): Promise<string> {
  const service = state?.services[replica.service];
  if (service === undefined) return "-";
  const servers = await proxy.servers(replica.service, service.active);
  const server = servers[replica.number - 1];
  if (server === undefined) return "-";
  return isUp(server) ? "healthy" : `unhealthy (${server.check || server.status})`;
}
