/** Rules on the surroundings of a service's process, and on what it uses of a machine. */
import { pathOf } from "../../services/rules/rule.ts";
import { type EcsRule, forTasks } from "./rule.ts";

/** botocore's model of ECS: UlimitName. */
const ULIMITS = [
  ...["core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"],
  ...["rss", "rtprio", "rttime", "sigpending", "stack"],
];
/** botocore's model of ECS, ContainerDefinition: Fargate keeps all others as the system has them. */
const ON_FARGATE = ["nofile"];

export const PROCESS_RULES: EcsRule[] = [
  forTasks(
    "ecs-placement",
    "Replicas run anywhere: ECS places tasks.",
    function* ({ name, placement: { kind } }) {
      if (kind === "anywhere") return;
      yield {
        path: pathOf(name, "placement"),
        message: `Service \`${name}\` is placed ${kind === "hosts" ? "on named hosts" : "on every host"}, and ECS chooses where tasks run.`,
        fix: "Leave `placement` out: tasks are spread over the zones.",
      };
    },
  ),
  forTasks(
    "ecs-network-mode",
    "A service is in the stack's own network.",
    function* ({ name, networkMode }) {
      if (networkMode === "stack") return;
      yield {
        path: pathOf(name, "networkMode"),
        message: `Service \`${name}\` has the network mode \`${networkMode}\`, and each task has a network of its own in the VPC.`,
        fix: "Leave `networkMode` out.",
      };
    },
  ),
  forTasks(
    "ecs-host-access",
    "A service uses no files, devices or processors of a machine.",
    function* ({ name, bindMounts, devices, gpus }) {
      const given = [
        ...bindMounts.map(({ from }, index) => [pathOf(name, "bindMounts", index), `\`${from}\``]),
        ...devices.map(({ from }, index) => [pathOf(name, "devices", index), `\`${from}\``]),
        ...(gpus === undefined ? [] : [[pathOf(name, "gpus"), "graphics processors"]]),
      ] as [string, string][];
      for (const [path, what] of given) {
        yield {
          path,
          message: `Service \`${name}\` uses ${what} of its machine, and a task has none of its own.`,
          fix: "Remove it. What outlives tasks is a `volume`; what needs a machine runs on a fleet.",
        };
      }
    },
  ),
  forTasks("ecs-hostname", "A task calls itself as ECS says.", function* ({ name, hostname }) {
    if (hostname === undefined) return;
    yield {
      path: pathOf(name, "hostname"),
      message: `Service \`${name}\` has the hostname \`${hostname}\`, and tasks with a network of their own are called by their address.`,
      fix: "Remove `hostname`; a name for the program itself can be a variable of its environment.",
    };
  }),
  forTasks("ecs-extra-host", "Names lead to addresses by DNS.", function* ({ name, extraHosts }) {
    for (const host of Object.keys(extraHosts)) {
      yield {
        path: pathOf(name, "extraHosts", host),
        message: `Service \`${name}\` has an extra host, and tasks with a network of their own get no lines in their hosts file.`,
        fix: `Give \`${host}\` a record in a private zone of Route 53 for the VPC, and remove it here.`,
      };
    }
  }),
  forTasks("ecs-dns", "Tasks ask the VPC's name servers.", function* ({ name, dns }) {
    if (dns.length === 0) return;
    yield {
      path: pathOf(name, "dns"),
      message: `Service \`${name}\` has name servers of its own, and tasks ask those of their VPC.`,
      fix: "Set them in the VPC's DHCP options, or by a Route 53 Resolver rule, and remove `dns`.",
    };
  }),
  forTasks(
    "ecs-ulimit",
    "A ulimit is one that ECS sets; Fargate sets nofile alone.",
    function* ({ name, ulimits }, { capacity }) {
      const known = capacity === "fargate" ? ON_FARGATE : ULIMITS;
      for (const limit of Object.keys(ulimits)) {
        if (known.includes(limit)) continue;
        yield {
          path: pathOf(name, "ulimits", limit),
          message: `Service \`${name}\` limits \`${limit}\`, which ${capacity === "fargate" ? "Fargate" : "ECS"} does not set.`,
          fix: ULIMITS.includes(limit) ? "Remove it, or use a cluster of instances." : "Remove it.",
        };
      }
    },
  ),
  forTasks(
    "ecs-shm-size",
    "Shared memory on Fargate has Fargate's size.",
    function* ({ name, shmSize }, { capacity }) {
      if (shmSize === undefined || capacity === "ec2") return;
      yield {
        path: pathOf(name, "shmSize"),
        message: `Service \`${name}\` has ${shmSize} MiB of shared memory, which Fargate does not set.`,
        fix: "Remove `shmSize`, or use a cluster of instances.",
      };
    },
  ),
];
