/** One address for several simulated hosts: an HAProxy in a container, in the role of a provider's load balancer. */
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../host.ts";
import { HOST_CHECK } from "../peer-ports.ts";
import type { SimulatedSite } from "./simulated-site.ts";

export interface BalancerArgs {
  site: SimulatedSite;
  hosts: Host[];
  /** The proxy's image, by digest. */
  image: pulumi.Input<string>;
  /** Port that it has on 127.0.0.1, and that the hosts' proxies have. */
  port: number;
  /** Value of the label `longshore.stack`: the port is the stack's own. */
  stack: string;
}

/** Sends each request to a host that says that it serves: not to one that is drained, or away. */
export class SimulatedBalancer extends pulumi.ComponentResource {
  /** @example "http://127.0.0.1:8080" */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: BalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:hosts:SimulatedBalancer", name, {}, opts);
    const { site, hosts, image, port, stack } = args;
    const options = { parent: this, provider: site.on.provider };
    const pulled = new docker.RemoteImage(
      `${name}-image`,
      { name: image, keepLocally: true },
      options,
    );
    const container = new docker.Container(
      name,
      {
        image: pulled.imageId,
        command: ["haproxy", "-W", "-db", "-f", FILE],
        uploads: [
          {
            file: FILE,
            content: pulumi
              .all(hosts.map(({ hostName, address }) => pulumi.all([hostName, address])))
              .apply((all) => balancerConfig(port, Object.fromEntries(all))),
          },
        ],
        networksAdvanced: [{ name: site.facts.outside.name }],
        ports: [{ internal: port, external: port, ip: "127.0.0.1" }],
        labels: [{ label: "longshore.stack", value: stack }],
        restart: "unless-stopped",
        memory: 64,
        memorySwap: 64,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
      },
      { ...options, deleteBeforeReplace: true },
    );
    this.url = container.id.apply(() => `http://127.0.0.1:${port}`);
    this.registerOutputs({ url: this.url });
  }
}

const FILE = "/etc/balancer.cfg";

/** Its configuration. A request that no host took is tried at another one; one that a host took is sent once. */
export function balancerConfig(port: number, hosts: Record<string, string>): string {
  const servers = Object.entries(hosts).map(
    ([name, address]) => `    server ${name} ${address}:${port}`,
  );
  return [
    "defaults",
    "    mode http",
    "    timeout connect 2s",
    "    timeout client 1m",
    "    timeout server 1m",
    "    timeout tunnel 1h",
    "    option redispatch 1",
    "    retry-on conn-failure",
    "frontend public",
    `    bind :${port}`,
    "    option forwardfor",
    "    default_backend hosts",
    "backend hosts",
    "    balance roundrobin",
    `    option httpchk GET ${HOST_CHECK}`,
    // A proxy of before this check was there answers 404.
    "    http-check expect ! status 503",
    "    default-server check inter 1s fastinter 500ms downinter 500ms rise 1 fall 2",
    ...servers,
    "",
  ].join("\n");
}
