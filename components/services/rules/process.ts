/** Rules on the surroundings in which a service's process runs. */
import { isIP } from "node:net";
import { z } from "zod";
import { targetOf } from "../ports.ts";
import { ULIMITS } from "./known.ts";
import { code, nearest, pathOf, type Rule, type System } from "./rule.ts";

/** Namespaced: everything else is the machine's (docker run --sysctl, runc's list). */
const SYSCTL =
  /^(net\.[\w.\-/]+|kernel\.(msg(max|mnb|mni)|sem|shm(all|max|mni|_rmid_forced))|fs\.mqueue\.\w+)$/;
const RESERVED_LABELS = ["longshore.", "com.docker.", "io.docker.", "org.dockerproject."];
const NAME = "Use letters, digits and dashes, e.g. `web-1`.";

/** Each entry of a property of services. */
function* entries<Key extends "extraHosts" | "sysctls" | "ulimits" | "labels">(
  { services }: System,
  property: Key,
) {
  for (const { name, args } of services) {
    const given = (args[property] ?? {}) as Record<string, never>;
    for (const [key, value] of Object.entries(given)) {
      yield { name, args, key, value, path: pathOf(name, property, key) };
    }
  }
}

const isHostname = (text: string) => z.hostname().safeParse(text).success;

export const PROCESS_RULES: Rule[] = [
  {
    id: "host-name",
    about: "A hostname is a host name, and not that of a container without a network of its own.",
    *check({ services }) {
      for (const { name, args } of services) {
        const { hostname, networkMode } = args;
        if (hostname === undefined) continue;
        const isFree = networkMode !== "host";
        if (isFree && isHostname(hostname) && hostname.length <= 63) continue;
        yield {
          path: pathOf(name, "hostname"),
          message: isFree
            ? `${code(hostname)}, the hostname of service \`${name}\`, is not a valid host name.`
            : `Service \`${name}\` is on the host's network, and has the host's name.`,
          fix: isFree ? NAME : "Remove `hostname` or `networkMode`.",
        };
      }
    },
  },
  {
    id: "extra-host",
    about: "An extra host is a name that is no link's, and an address.",
    *check(system) {
      for (const { name, args, key, value, path } of entries(system, "extraHosts")) {
        const isLink = (args.links ?? []).some((to) => targetOf(to).service === key);
        if (isHostname(key) && isIP(value) !== 0 && !isLink) continue;
        yield {
          path,
          message: isLink
            ? `Service \`${name}\` reaches \`${key}\` by its link, and an extra host would lead elsewhere.`
            : `${code(`${key}: ${value as string}`)} of service \`${name}\` is not a name and an address.`,
          fix: isLink ? "Remove it, or the link." : 'Give e.g. `{ "ldap.internal": "10.1.0.7" }`.',
        };
      }
    },
  },
  {
    id: "dns-server",
    about: "A name server is an IP address.",
    *check({ services }) {
      for (const { name, args } of services) {
        for (const [index, server] of (args.dns ?? []).entries()) {
          if (isIP(server) !== 0) continue;
          yield {
            path: pathOf(name, "dns", index),
            message: `${code(server)}, a name server of service \`${name}\`, is not a valid address.`,
            fix: "Give an IP address, e.g. `10.1.0.2`.",
          };
        }
      }
    },
  },
  {
    id: "ulimit-known",
    about: "A ulimit is one that Linux knows, and its soft limit is not above its hard one.",
    *check(system) {
      for (const { name, key, value, path } of entries(system, "ulimits")) {
        const limit = value as number | { soft: number; hard: number };
        const { soft, hard } = typeof limit === "number" ? { soft: limit, hard: limit } : limit;
        const above = hard !== -1 && (soft === -1 || soft > hard);
        if (ULIMITS.includes(key) && !above) continue;
        yield {
          path,
          message: above
            ? `The soft limit of \`${key}\` of service \`${name}\` is above the hard one.`
            : `\`${key}\` of service \`${name}\` is not a known ulimit.`,
          fix: above
            ? "Lower `soft`, or raise `hard`."
            : `${nearest(key, ULIMITS)}\`man 5 limits.conf\` lists them.`,
        };
      }
    },
  },
  {
    id: "sysctl-own",
    about: "A sysctl is one that a container has for itself.",
    *check(system) {
      for (const { name, args, key, path } of entries(system, "sysctls")) {
        const isShared = key.startsWith("net.") && args.networkMode === "host";
        if (SYSCTL.test(key) && !isShared) continue;
        yield {
          path,
          message: `The sysctl ${code(key)} of service \`${name}\` is the machine's, not the container's.`,
          fix: "Set it on the hosts, and remove it here.",
        };
      }
    },
  },
  {
    id: "label-name",
    about: "A label has a name, and none that the runtime or Docker uses.",
    *check(system) {
      for (const { name, key, path } of entries(system, "labels")) {
        const reserved = RESERVED_LABELS.find((prefix) => key.startsWith(prefix));
        if (reserved === undefined && key.trim() !== "") continue;
        yield {
          path,
          message:
            reserved === undefined
              ? `A label of service \`${name}\` has no name.`
              : `The label \`${key}\` of service \`${name}\` begins with \`${reserved}\`, which is not free.`,
          fix: "Use a name of your own, e.g. `com.example.team`.",
        };
      }
    },
  },
];
