/** Rules on names and ports: what ECS and Service Connect call things. */
import { pathOf } from "../../services/rules/rule.ts";
import { SECRETS_VOLUME } from "../task/helpers.ts";
import { portNameOf, portsOf } from "../task/ports.ts";
import { type EcsRule, forTasks } from "./rule.ts";

/** botocore's model of ECS: PortMapping. */
const LONGEST_PORT_NAME = 64;

export const NETWORK_RULES: EcsRule[] = [
  forTasks(
    "ecs-port-name",
    "A port's name with its service's has at most 64 characters.",
    function* (service) {
      for (const { name } of portsOf(service)) {
        const mapping = portNameOf(service.name, name);
        if (name === undefined || mapping.length <= LONGEST_PORT_NAME) continue;
        yield {
          path: pathOf(service.name, "ports", name),
          message: `The port is \`${mapping}\` in Service Connect, which takes ${LONGEST_PORT_NAME} characters; it has ${mapping.length}.`,
          fix: "Shorten the service's or the port's name.",
        };
      }
    },
  ),
  {
    id: "ecs-port-unique",
    about: "No two ports of the stack have the same name in Service Connect.",
    *check({ tasks }) {
      const owners = new Map<string, string>();
      for (const { name } of tasks) owners.set(name, name);
      for (const service of tasks) {
        for (const port of Object.keys(service.ports)) {
          const mapping = portNameOf(service.name, port);
          const owner = owners.get(mapping);
          owners.set(mapping, service.name);
          if (owner === undefined) continue;
          yield {
            path: pathOf(service.name, "ports", port),
            message: `The port is \`${mapping}\` in Service Connect, and so is one of service \`${owner}\`.`,
            fix: "Give the port or the service another name.",
          };
        }
      }
    },
  },
  forTasks(
    "ecs-volume-name",
    "A volume's name has letters, digits, dashes and underscores, and is not the helper's.",
    function* ({ name, volumes }) {
      for (const { name: volume } of volumes) {
        const isTaken = volume === SECRETS_VOLUME;
        if (/^[A-Za-z0-9_-]+$/.test(volume) && !isTaken) continue;
        yield {
          path: pathOf(name, "volume", "name"),
          message: isTaken
            ? `The volume \`${volume}\` of service \`${name}\` is called like that of its secrets.`
            : `The volume \`${volume}\` of service \`${name}\` has a name that ECS does not take.`,
          fix: isTaken ? "Use another name." : "Use letters, digits, `-` and `_`.",
        };
      }
    },
  ),
  {
    id: "ecs-elasticache",
    about: "A cache that ElastiCache runs has nothing that only a container has.",
    *check({ caches }) {
      for (const service of caches) {
        const { name, command, entrypoint, environment, releaseCommand, smokeChecks } = service;
        const given = {
          ...{ command, entrypoint, releaseCommand },
          environment: Object.keys(environment).length === 0 ? undefined : environment,
          smokeChecks: smokeChecks.length === 0 ? undefined : smokeChecks,
        };
        for (const [property, value] of Object.entries(given)) {
          if (value === undefined) continue;
          yield {
            path: pathOf(name, property),
            message: `ElastiCache runs \`${name}\`, and takes no \`${property}\`.`,
            fix: "Remove it, or let a task run the cache.",
          };
        }
      }
    },
  },
];
