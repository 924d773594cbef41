/** Bad definitions: the surroundings in which a service's process runs. */
import { redis, web, type Row } from "./row.ts";

const NAME = "Use letters, digits and dashes, e.g. `web-1`.";
const OWN_LABEL = "Use a name of your own, e.g. `com.example.team`.";
const ON_HOSTS = "Set it on the hosts, and remove it here.";

export const PROCESS_ROWS: Row[] = [
  {
    rule: "host-name",
    definition: web({ hostname: "web_1" }),
    path: "web.hostname",
    message: "`web_1`, the hostname of service `web`, is not a valid host name.",
    fix: NAME,
  },
  {
    rule: "host-name",
    definition: web({ hostname: "web", networkMode: "host" }),
    path: "web.hostname",
    message: "Service `web` is on the host's network, and has the host's name.",
    fix: "Remove `hostname` or `networkMode`.",
  },
  {
    rule: "extra-host",
    definition: web({ extraHosts: { "ldap.internal": "ldap.example" } }),
    path: 'web.extraHosts["ldap.internal"]',
    message: "`ldap.internal: ldap.example` of service `web` is not a name and an address.",
    fix: 'Give e.g. `{ "ldap.internal": "10.1.0.7" }`.',
  },
  {
    rule: "extra-host",
    definition: { ...redis(), ...web({ links: ["redis"], extraHosts: { redis: "10.1.0.7" } }) },
    path: "web.extraHosts.redis",
    message: "Service `web` reaches `redis` by its link, and an extra host would lead elsewhere.",
    fix: "Remove it, or the link.",
  },
  {
    rule: "dns-server",
    definition: web({ dns: ["10.1.0.2", "dns.example"] }),
    path: "web.dns[1]",
    message: "`dns.example`, a name server of service `web`, is not a valid address.",
    fix: "Give an IP address, e.g. `10.1.0.2`.",
  },
  {
    rule: "ulimit-known",
    definition: web({ ulimits: { nofiles: 1024 } }),
    path: "web.ulimits.nofiles",
    message: "`nofiles` of service `web` is not a known ulimit.",
    fix: "Did you mean `nofile`? `man 5 limits.conf` lists them.",
  },
  {
    rule: "ulimit-known",
    definition: web({ ulimits: { nofile: { soft: 2048, hard: 1024 } } }),
    path: "web.ulimits.nofile",
    message: "The soft limit of `nofile` of service `web` is above the hard one.",
    fix: "Lower `soft`, or raise `hard`.",
  },
  {
    rule: "ulimit-known",
    definition: web({ ulimits: { core: { soft: -1, hard: 0 } } }),
    path: "web.ulimits.core",
    message: "The soft limit of `core` of service `web` is above the hard one.",
    fix: "Lower `soft`, or raise `hard`.",
  },
  {
    rule: "sysctl-own",
    definition: web({ sysctls: { "vm.overcommit_memory": "1" } }),
    path: 'web.sysctls["vm.overcommit_memory"]',
    message:
      "The sysctl `vm.overcommit_memory` of service `web` is the machine's, not the container's.",
    fix: ON_HOSTS,
  },
  {
    rule: "sysctl-own",
    definition: web({ networkMode: "host", sysctls: { "net.core.somaxconn": "1" } }),
    path: 'web.sysctls["net.core.somaxconn"]',
    message:
      "The sysctl `net.core.somaxconn` of service `web` is the machine's, not the container's.",
    fix: ON_HOSTS,
  },
  {
    rule: "label-name",
    definition: web({ labels: { "longshore.stack": "other" } }),
    path: 'web.labels["longshore.stack"]',
    message:
      "The label `longshore.stack` of service `web` begins with `longshore.`, which is not free.",
    fix: OWN_LABEL,
  },
  {
    rule: "label-name",
    definition: web({ labels: { " ": "x" } }),
    path: 'web.labels[" "]',
    message: "A label of service `web` has no name.",
    fix: OWN_LABEL,
  },
];
