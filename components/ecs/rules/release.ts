/** Rules on how a service proves that it can serve, and how it is released. */
import { pathOf } from "../../services/rules/rule.ts";
import { HELPERS, hasCheckHelper, hasFileSecrets, needsHelper } from "../task/helpers.ts";
import { LIMITS, longestDeadline } from "../task/pace.ts";
import { type EcsRule, forTasks } from "./rule.ts";

export const RELEASE_RULES: EcsRule[] = [
  forTasks(
    "ecs-check-timeout",
    "A health check takes a minute at most.",
    function* ({ name, healthCheck: check }) {
      const { most } = LIMITS.timeout;
      if (check.kind === "running" || check.timeout <= most) return;
      yield {
        path: pathOf(name, "healthCheck", "timeout"),
        message: `A health check of service \`${name}\` may take ${check.timeout} s, and ECS waits ${most} s for one.`,
        fix: `Give at most ${most}.`,
      };
    },
  ),
  forTasks(
    "ecs-check-successes",
    "A check by command makes a replica healthy at its first success.",
    function* ({ name, healthCheck: check }) {
      if (check.kind !== "command" || check.successes === 1) return;
      yield {
        path: pathOf(name, "healthCheck", "successes"),
        message: `Service \`${name}\` is healthy after ${check.successes} successes of its command, and ECS takes the first one.`,
        fix: "Leave `successes` out, or check a port or path.",
      };
    },
  ),
  forTasks(
    "ecs-deadline",
    "ECS can wait as long as the deadline.",
    function* ({ name, deadline, healthCheck: check }) {
      if (check.kind === "running") return;
      const most = longestDeadline(check.interval);
      if (deadline <= most) return;
      yield {
        path: pathOf(name, "deadline"),
        message: `Service \`${name}\` may take ${deadline} s to be healthy, and with a check every ${check.interval} s ECS waits ${most} s.`,
        fix: `Lower \`deadline\`, or check less often: ECS waits ${LIMITS.startPeriod} s and ${LIMITS.retries.most} intervals.`,
      };
    },
  ),
  forTasks(
    "ecs-canary",
    "A canary needs a system whose releases are canaries.",
    function* ({ name, strategy: { kind } }, { strategy = "ROLLING" }) {
      if (kind !== "canary" || strategy === "CANARY") return;
      yield {
        path: pathOf(name, "strategy"),
        message: `Service \`${name}\` is released by canary, and this system's releases are \`${strategy}\`.`,
        fix: "Leave `strategy` out, or choose `CANARY` for the system.",
      };
    },
  ),
  forTasks(
    "ecs-helper-image",
    "A service with files of secrets or a check of its port needs the helper image.",
    function* (service, { helperImage }) {
      if (helperImage || !needsHelper(service)) return;
      const reasons = [
        ...(hasFileSecrets(service) ? ["writes its files of secrets"] : []),
        ...(hasCheckHelper(service) ? ["checks its health"] : []),
      ];
      yield {
        path: pathOf(service.name),
        message: `Service \`${service.name}\` needs a helper that ${reasons.join(" and ")}, and there is no image of it.`,
        fix: "Give the system `helperImage`: a `TestedImage` of `helperContext`.",
      };
    },
  ),
  forTasks(
    "ecs-helper-name",
    "No service is called like a helper in its task.",
    function* (service) {
      const { name } = service;
      const taken =
        (hasFileSecrets(service) && name === HELPERS.secrets) ||
        (hasCheckHelper(service) && name === HELPERS.check);
      if (!taken) return;
      yield {
        path: pathOf(name),
        message: `Service \`${name}\` has a helper of the same name in its task.`,
        fix: "Give the service another name.",
      };
    },
  ),
];
