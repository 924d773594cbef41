/** A firewall's rules, as `iptables-restore` and `ip6tables-restore` read them. Pure. */
import { isIPv6 } from "node:net";
import { PEER_PORTS } from "../peer-ports.ts";
import type { FirewallArgs } from "./types.ts";

const INPUT = "LONGSHORE-INPUT";
const DOCKER = "LONGSHORE-DOCKER";
/** The engine's networks: containers may call out, and reach their host. */
const BRIDGES = ["docker0", "br-+"];
/** Where clouds tell a machine who it is, and what it may do: nothing for containers. */
const METADATA = { v4: "169.254.169.254", v6: "fd00:ec2::254" };

/**
 * Two chains, each emptied and filled at once. What the host itself listens at is in the first; what its containers have
 * published in the second, told by the port that was called: it is another one behind the engine's translation.
 * @param ssh port of its sshd.
 */
export function firewallRules(
  family: "v4" | "v6",
  { ports, privateNetwork }: FirewallArgs,
  ssh: number,
): string {
  const isOwn =
    privateNetwork !== undefined &&
    isIPv6(privateNetwork.split("/")[0] ?? "") === (family === "v6");
  const answers = "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN";
  const called = (range: string | number) =>
    `-p tcp -m conntrack --ctorigdstport ${range} --ctdir ORIGINAL -j RETURN`;
  const input = [
    answers,
    "-i lo -j RETURN",
    ...BRIDGES.map((bridge) => `-i ${bridge} -j RETURN`),
    family === "v4" ? "-p icmp -j RETURN" : "-p ipv6-icmp -j RETURN",
    // Leases of addresses.
    family === "v4" ? "-p udp --sport 67 --dport 68 -j RETURN" : "-p udp --dport 546 -j RETURN",
    `-p tcp --dport ${ssh} -j RETURN`,
    "-j DROP",
  ];
  const docker = [
    ...BRIDGES.map((bridge) => `-i ${bridge} -d ${METADATA[family]} -j DROP`),
    answers,
    ...BRIDGES.map((bridge) => `-i ${bridge} -j RETURN`),
    ...ports.map(called),
    ...(isOwn ? [`-s ${privateNetwork} ${called(`${PEER_PORTS.http}:${PEER_PORTS.tcp}`)}`] : []),
    ...BRIDGES.map((bridge) => `-o ${bridge} -j DROP`),
  ];
  return [
    "*filter",
    `:${INPUT} - [0:0]`,
    `:${DOCKER} - [0:0]`,
    ...input.map((rule) => `-A ${INPUT} ${rule}`),
    ...docker.map((rule) => `-A ${DOCKER} ${rule}`),
    "COMMIT",
    "",
  ].join("\n");
}
