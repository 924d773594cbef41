/** Rules on what a container may use and do. */
import { code, pathOf } from "../../services/rules/rule.ts";
import { FARGATE_SIZES, fargateSize, neededSize, sizeText } from "../task/size.ts";
import { FILE_OPTIONS, LOG_ROUTER, ON_DISK } from "../task/logs.ts";
import { type EcsRule, forTasks } from "./rule.ts";

/** botocore's model of ECS: KernelCapabilities. */
const CAPABILITIES = [
  ...["ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE"],
  ...["DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE"],
  ...["LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE"],
  ...["NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG"],
  ...["SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE"],
  ...["SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"],
];
/** botocore's model of ECS: the only one that tasks on Fargate can be given. */
const ON_FARGATE = ["SYS_PTRACE"];
/** botocore's model of ECS: LogConfiguration. */
const DRIVERS = {
  fargate: ["awslogs", "splunk", LOG_ROUTER.driver],
  ec2: ["awslogs", "splunk", LOG_ROUTER.driver],
};
/** What all drivers take. */
const COMMON_OPTIONS = ["max-buffer-size", "mode"];
/** Seconds that a container may take to stop, on Fargate (botocore's model of ECS: ContainerDefinition). */
const STOP = { least: 2, most: 120 };
/** CPU units of a task on instances (botocore's model of ECS: RegisterTaskDefinition). */
const MOST_CPU = 196_608;

export const CONTAINER_RULES: EcsRule[] = [
  forTasks(
    "ecs-restart",
    "A service runs on: ECS replaces whatever ends.",
    function* ({ name, restart: { policy } }) {
      if (policy === "always" || policy === "unless-stopped") return;
      yield {
        path: pathOf(name, "restart"),
        message: `The restart policy of service \`${name}\` is \`${policy}\`, and ECS replaces every task that ends.`,
        fix: "Leave `restart` out. What shall run once is a `releaseCommand`, or run by `longshore run`.",
      };
    },
  ),
  forTasks(
    "ecs-stop-signal",
    "A container is stopped by its image's own signal.",
    function* ({ name, stopSignal }) {
      if (stopSignal === undefined) return;
      yield {
        path: pathOf(name, "stopSignal"),
        message: `Service \`${name}\` has the stop signal \`${stopSignal}\`, and ECS takes the image's own.`,
        fix: `Write \`STOPSIGNAL ${stopSignal}\` into the image's Dockerfile, and remove it here.`,
      };
    },
  ),
  forTasks(
    "ecs-stop-grace",
    "A container on Fargate stops within 2 to 120 seconds.",
    function* ({ name, stopGrace }, { capacity }) {
      const { least, most } = STOP;
      if (capacity === "ec2" || (stopGrace >= least && stopGrace <= most)) return;
      yield {
        path: pathOf(name, "stopGrace"),
        message: `Service \`${name}\` may take ${stopGrace} s to stop, and Fargate gives from ${least} to ${most} s.`,
        fix: `Give a number from ${least} to ${most}${stopGrace > most ? ", or use a cluster of instances" : ""}.`,
      };
    },
  ),
  forTasks(
    "ecs-capability",
    "A capability is one that ECS knows; Fargate adds SYS_PTRACE alone.",
    function* ({ name, capabilities }, { capacity }) {
      const known = capacity === "fargate" ? ON_FARGATE : CAPABILITIES;
      for (const [index, capability] of capabilities.add.entries()) {
        if (known.includes(capability)) continue;
        yield {
          path: pathOf(name, "capabilities", "add", index),
          message: `Service \`${name}\` adds the capability \`${capability}\`, which ${where(capacity)} does not give.`,
          fix: CAPABILITIES.includes(capability)
            ? "Remove it, or use a cluster of instances."
            : "Remove it.",
        };
      }
      for (const [index, capability] of capabilities.drop.entries()) {
        if (CAPABILITIES.includes(capability)) continue;
        yield {
          path: pathOf(name, "capabilities", "drop", index),
          message: `Service \`${name}\` drops the capability \`${capability}\`, which ECS does not know.`,
          fix: "Drop `ALL`, and add those that it needs.",
        };
      }
    },
  ),
  forTasks(
    "ecs-log-driver",
    "Output goes to CloudWatch, Splunk or a log router.",
    function* ({ name, logging: { driver } }, { capacity, logRouter = false }) {
      const path = pathOf(name, "logging", "driver");
      if (driver === LOG_ROUTER.driver && !logRouter) {
        yield {
          path,
          message: `Service \`${name}\` logs through a log router (FireLens), and there is none.`,
          fix: "Give the system the image of one, or leave `logging` out: its output goes to CloudWatch.",
        };
      }
      if (ON_DISK.includes(driver) || DRIVERS[capacity].includes(driver)) return;
      yield {
        path,
        message: `Service \`${name}\` logs by the driver \`${driver}\`, which tasks of ECS do not have.`,
        fix: `Leave \`logging\` out (CloudWatch), or use ${DRIVERS[capacity].map(code).join(", ")}.`,
      };
    },
  ),
  forTasks(
    "ecs-log-option",
    "Options of a driver that keeps output in files are about those files.",
    function* ({ name, logging: { driver, options } }) {
      if (!ON_DISK.includes(driver)) return;
      for (const option of Object.keys(options)) {
        if (FILE_OPTIONS.includes(option) || COMMON_OPTIONS.includes(option)) continue;
        yield {
          path: pathOf(name, "logging", "options", option),
          message: `The option \`${option}\` of service \`${name}\` has no meaning in CloudWatch, where its output goes.`,
          fix: "Remove it, or use the driver `awslogs` with options of its own.",
        };
      }
    },
  ),
  forTasks("ecs-size", "A task fits into one that ECS has.", function* (service, { capacity }) {
    const needed = neededSize(service);
    if (capacity === "ec2" ? needed.cpu <= MOST_CPU : fargateSize(needed) !== undefined) return;
    const largest = FARGATE_SIZES.at(-1) ?? needed;
    const most = capacity === "ec2" ? { ...needed, cpu: MOST_CPU } : largest;
    const over = needed.cpu > most.cpu ? "cpus" : "memory";
    yield {
      path: pathOf(service.name, over),
      message: `A task of service \`${service.name}\` needs ${sizeText(needed)} with its helpers, and the largest has ${sizeText(most)}.`,
      fix:
        capacity === "ec2"
          ? `Lower \`${over}\`.`
          : `Lower \`${over}\`, or use a cluster of instances.`,
    };
  }),
];

function where(capacity: "fargate" | "ec2"): string {
  return capacity === "fargate" ? "Fargate" : "ECS";
}
