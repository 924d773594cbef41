/** Rules on what a container may do: user, capabilities, signals, restarts, logging, network, place. */
import { quoted } from "../shape-parts.ts";
import { CAPABILITIES, LOG_DRIVERS, LOG_OPTIONS, STOP_SIGNALS } from "./known.ts";
import { nearest, pathOf, suggest, type Rule, type System } from "./rule.ts";

const containers = ({ services, proxies }: System) => [...services, ...proxies];
const RESTARTS = ["no", "on-failure", "unless-stopped", "always"];

function* capabilities(system: System) {
  for (const { name, args } of containers(system)) {
    for (const list of ["add", "drop"] as const) {
      for (const [index, capability] of (args.capabilities?.[list] ?? []).entries()) {
        yield { name, list, capability, args, path: pathOf(name, "capabilities", list, index) };
      }
    }
  }
}

export const CONTAINER_RULES: Rule[] = [
  {
    id: "capability-unknown",
    about: "A capability is one that Linux knows, without `CAP_`.",
    *check(system) {
      for (const { name, capability, path } of capabilities(system)) {
        if (capability === "ALL" || CAPABILITIES.includes(capability)) continue;
        const bare = capability.toUpperCase().replace(/^CAP_/, "");
        yield {
          path,
          message: `\`${capability}\` of service \`${name}\` is not a known capability.`,
          fix: `${nearest(bare, CAPABILITIES)}\`man 7 capabilities\` lists them; leave out \`CAP_\`.`,
        };
      }
    },
  },
  {
    id: "capability-all",
    about: "No container gets all capabilities.",
    *check(system) {
      for (const { name, list, capability, path } of capabilities(system)) {
        if (list !== "add" || capability !== "ALL") continue;
        yield {
          path,
          message: `Service \`${name}\` adds all capabilities, which makes it as good as root on the machine.`,
          fix: "Add only those it needs.",
        };
      }
    },
  },
  {
    id: "capability-clash",
    about: "No capability is both added and dropped.",
    *check(system) {
      for (const { name, list, capability, args, path } of capabilities(system)) {
        const isDropped = args.capabilities?.drop?.includes(capability) ?? false;
        if (list !== "add" || capability === "ALL" || !isDropped) continue;
        yield {
          path,
          message: `Service \`${name}\` both adds and drops the capability \`${capability}\`.`,
          fix: "Remove it from one of the two.",
        };
      }
    },
  },
  {
    id: "user-syntax",
    about: "A user is `name`, `uid`, `name:group` or `uid:gid`.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        if (
          args.user === undefined ||
          /^(\d+|[a-z_][\w-]{0,31})(:(\d+|[a-z_][\w-]{0,31}))?$/.test(args.user)
        )
          continue;
        yield {
          path: pathOf(name, "user"),
          message: `\`${args.user}\` of service \`${name}\` is not a valid user.`,
          fix: "Give a name or number, with a group after a colon if need be, e.g. `1000:1000`.",
        };
      }
    },
  },
  {
    id: "stop-signal",
    about: "A stop signal is one that a process can act on.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        const { stopSignal } = args;
        if (stopSignal === undefined) continue;
        const isDeaf = ["SIGKILL", "SIGSTOP"].includes(stopSignal);
        if (STOP_SIGNALS.includes(stopSignal)) continue;
        yield {
          path: pathOf(name, "stopSignal"),
          message: isDeaf
            ? `\`${stopSignal}\` gives service \`${name}\` no chance to end its work.`
            : `\`${stopSignal}\` of service \`${name}\` is not a valid stop signal.`,
          fix: isDeaf
            ? "Use `SIGTERM`; SIGKILL follows after `stopGrace` seconds by itself."
            : `${nearest(`SIG${stopSignal.replace(/^SIG/, "")}`, STOP_SIGNALS)}Give one of ${quoted(STOP_SIGNALS)}.`,
        };
      }
    },
  },
  {
    id: "restart-policy",
    about: "A restart policy is one that Docker knows.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        const { restart } = args;
        if (typeof restart !== "string" || RESTARTS.includes(restart)) continue;
        if (/^on-failure:[1-9]\d{0,2}$/.test(restart)) continue;
        yield {
          path: pathOf(name, "restart"),
          message: `\`${restart as string}\` of service \`${name}\` is not a known restart policy.`,
          fix: `${nearest(restart, RESTARTS)}Give ${quoted([...RESTARTS, "on-failure:5"])}.`,
        };
      }
    },
  },
  {
    id: "restart-retries",
    about: "Only `on-failure` counts restarts.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        const { restart } = args;
        if (typeof restart !== "object" || restart.maxRetries === undefined) continue;
        if (restart.policy === "on-failure") continue;
        yield {
          path: pathOf(name, "restart", "maxRetries"),
          message: `Service \`${name}\` limits restarts, which \`${restart.policy}\` does not count.`,
          fix: "Remove `maxRetries`, or set `policy` to `on-failure`.",
        };
      }
    },
  },
  {
    id: "log-driver",
    about: "A logging driver is one that Docker knows.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        const driver = args.logging?.driver;
        if (driver === undefined || LOG_DRIVERS.includes(driver)) continue;
        yield {
          path: pathOf(name, "logging", "driver"),
          message: `\`${driver}\` of service \`${name}\` is not a valid logging driver.`,
          fix: suggest(driver, LOG_DRIVERS, ""),
        };
      }
    },
  },
  {
    id: "log-option",
    about: "A logging option is one that its driver knows.",
    *check(system) {
      for (const { name, args } of containers(system)) {
        const { driver = "", options = {} } = args.logging ?? {};
        const known = LOG_OPTIONS[driver];
        if (known === undefined) continue;
        for (const option of Object.keys(options)) {
          if (known.includes(option)) continue;
          yield {
            path: pathOf(name, "logging", "options", option),
            message: `The logging driver \`${driver}\` of service \`${name}\` has no option \`${option}\`.`,
            fix: suggest(option, known, "Remove it: the driver has none."),
          };
        }
      }
    },
  },
  {
    id: "network-none",
    about: "A service without a network neither serves nor calls.",
    *check({ services }) {
      for (const { name, args, has } of services) {
        if (args.networkMode !== "none") continue;
        const wants = (["port", "links"] as const).filter(
          (property) =>
            has(property) && args[property] !== undefined && String(args[property]) !== "",
        );
        if (wants.length === 0) continue;
        yield {
          path: pathOf(name, "networkMode"),
          message: `Service \`${name}\` has no network, so its ${quoted(wants)} cannot work.`,
          fix: "Remove `networkMode`, or what needs a network.",
        };
      }
    },
  },
  {
    id: "network-links",
    about: "A service on the host's network has no links, which live on the stack's.",
    *check({ services }) {
      for (const { name, args } of services) {
        if (args.networkMode !== "host" || (args.links ?? []).length === 0) continue;
        yield {
          path: pathOf(name, "links"),
          message: `Service \`${name}\` is on the host's network, where links have no names.`,
          fix: "Remove `networkMode`, or the links.",
        };
      }
    },
  },
  {
    id: "placement-hosts",
    about: "Named hosts have names of hosts, each once.",
    *check({ services }) {
      for (const { name, args } of services) {
        if (typeof args.placement !== "object") continue;
        const { hosts } = args.placement;
        for (const [index, host] of hosts.entries()) {
          const isTwice = hosts.indexOf(host) < index;
          if (!isTwice && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host)) continue;
          yield {
            path: pathOf(name, "placement", "hosts", index),
            message: isTwice
              ? `Service \`${name}\` names the host \`${host}\` twice.`
              : `\`${host}\`, where service \`${name}\` is placed, cannot be a host's name.`,
            fix: isTwice
              ? "Remove this one."
              : "Use lower-case letters, digits and dashes, e.g. `web-1`.",
          };
        }
      }
    },
  },
];
