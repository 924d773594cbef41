/** What the firewall of a machine is told. Plain JSON. */
import type { SshTarget } from "../../ssh/target.ts";

export interface FirewallArgs {
  /**
   * TCP ports that everybody may reach, beside SSH: those of the proxy.
   * @example [80, 443]
   */
  ports: number[];
  /**
   * The network that the stack's hosts have for themselves (CIDR): who is in it may reach the ports at which proxies ask
   * each other, 61080 and 61081.
   * @default nobody may
   * @example "10.0.0.0/24"
   */
  privateNetwork?: string;
}

export interface FirewallRequest extends FirewallArgs {
  /** What the machine is called. */
  name: string;
  target: SshTarget;
}
