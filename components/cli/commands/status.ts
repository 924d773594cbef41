/** `longshore status`: services, versions, replicas and health on each host, as the hosts see it. */
import type { HostStatus, ReplicaStatus } from "../../releases/operations.ts";
import type { CommonOptions, Terminal } from "../context.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";
import { table, timeText } from "../table.ts";

export interface Status {
  stack: string;
  hosts: HostStatus[];
  replicas: ReplicaStatus[];
}

export async function status(options: CommonOptions, terminal: Terminal): Promise<void> {
  const open = await openStack(options);
  const found: Status = { stack: open.name, ...(await (await openRuntime(open)).status()) };
  terminal.out(options.json ? JSON.stringify(found) : statusText(found));
}

/** The status as people read it. */
export function statusText({ stack, hosts, replicas }: Status): string {
  const lines = hosts.map(
    ({ host, release, proxy, draining, maintenance }) =>
      `${stack} on ${host}: release ${release}, proxy ${proxy}` +
      (draining === null ? "" : `, drained since ${draining}`) +
      (maintenance === null ? "" : `, in maintenance since ${maintenance.since}`),
  );
  const rows = replicas.map((one) => [
    one.service,
    one.version,
    `${one.host}/${one.replica}`,
    one.state,
    one.health,
    one.since === null ? "-" : timeText(one.since),
  ]);
  const header = ["SERVICE", "VERSION", "REPLICA", "STATE", "HEALTH", "SINCE (UTC)"];
  return [...lines, table(header, rows)].join("\n");
}
