/** Where containers' output goes on ECS. */
import type { Logging } from "../../services/index.ts";
import type { LogConfiguration, TaskFacts } from "./types.ts";

/** Drivers that keep the output on a machine, which no task has: CloudWatch keeps it instead. */
export const ON_DISK = ["local", "json-file"];
/** Their options about files, which CloudWatch has no use for. */
export const FILE_OPTIONS = ["compress", "max-file", "max-size"];
/** The container that routes the logs of services whose driver is its one; most memory that it may use, in MiB. */
export const LOG_ROUTER = { name: "log_router", driver: "awsfirelens", memory: 128 };
/** A log service that is away must not stop the program; what does not fit in is lost. */
const NON_BLOCKING = { mode: "non-blocking", "max-buffer-size": "25m" };

/**
 * A container's logs.
 * @param prefix of the streams' names, before the container's and the task's.
 */
export function logConfiguration(
  { driver, options }: Logging,
  { logs }: Pick<TaskFacts, "logs">,
  prefix: string,
): LogConfiguration {
  const own = Object.entries(options).filter(
    ([name]) => !ON_DISK.includes(driver) || !FILE_OPTIONS.includes(name),
  );
  if (!ON_DISK.includes(driver) && driver !== "awslogs") {
    return { logDriver: driver, options: Object.fromEntries(own) };
  }
  return {
    logDriver: "awslogs",
    options: {
      "awslogs-group": logs.group,
      "awslogs-region": logs.region,
      "awslogs-stream-prefix": prefix,
      ...NON_BLOCKING,
      ...Object.fromEntries(own),
    },
  };
}

/** Of containers that are not the user's. */
export function helperLogs(facts: Pick<TaskFacts, "logs">, prefix: string): LogConfiguration {
  return logConfiguration({ driver: "awslogs", options: {} }, facts, prefix);
}
