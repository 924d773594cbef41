/** The ports of a replica that the proxy's checks do not look at: each must take a connection, too. */
import { readFileSync } from "node:fs";
import { type ReplicaPort, uncheckedPorts } from "../../replica-ports.ts";
import type { ProxyControl } from "../../proxy/control.ts";
import type { ServiceRequest } from "../../types.ts";

const script = readFileSync(new URL("./closed-ports.sh", import.meta.url), "utf8");

/** Those that take none, as the proxy's container sees it. */
export async function closedPorts(
  { host, container: proxy }: ProxyControl,
  service: ServiceRequest,
  replica: string,
): Promise<ReplicaPort[]> {
  const ports = uncheckedPorts(service);
  if (ports.length === 0) return [];
  const numbers = ports.map(({ port }) => String(port));
  const command = ["bash", "-c", script, "closed-ports", replica, ...numbers];
  const { stdout } = await host.exec(proxy, command);
  const closed = stdout.split("\n");
  return ports.filter(({ port }) => closed.includes(String(port)));
}
