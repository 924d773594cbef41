/**
 * One form for all ways to write the same containers: sorted, and with what AWS fills in. Without it each `pulumi preview`
 * shows a change that is none, since what AWS gives back is not what it was sent.
 */
import { compare, isRecord } from "../../services/values/maps.ts";
import type { ContainerDefinition } from "./types.ts";

type Fields = Record<string, unknown>;

/** Lists whose order means nothing, by what their entries are told apart by. */
const ORDER: Record<string, readonly string[]> = {
  dependsOn: ["containerName"],
  environment: ["name"],
  mountPoints: ["containerPath"],
  portMappings: ["containerPort", "protocol"],
  secrets: ["name"],
  systemControls: ["namespace"],
  tmpfs: ["containerPath"],
  ulimits: ["name"],
  volumesFrom: ["sourceContainer"],
};

/** Lists of words whose order means nothing. */
const SORTED_WORDS = ["add", "drop", "dockerSecurityOptions"];

/** What AWS has for each container, given or not. */
const CONTAINER = {
  cpu: 0,
  environment: [],
  essential: true,
  mountPoints: [],
  portMappings: [],
  systemControls: [],
  volumesFrom: [],
};

/** What AWS fills in where a container has the part. */
const HEALTH_CHECK = { interval: 30, timeout: 5, retries: 3 };

/**
 * The same containers in their one form, by name. What is already in it comes out as it is, and so does what AWS gives
 * back for it: `canonical(readBack) == canonical(sent)`.
 * @param definitions as they are sent to AWS, or read from it: properties that Longshore does not use are kept.
 */
export function canonical(definitions: readonly ContainerDefinition[]): ContainerDefinition[] {
  return definitions
    .map((definition) => tidy(filledIn(definition)) as unknown as ContainerDefinition)
    .sort((x, y) => compare(x.name, y.name));
}

function filledIn(definition: ContainerDefinition): Fields {
  const given = present(definition);
  return {
    ...CONTAINER,
    ...given,
    portMappings: (definition.portMappings ?? []).map((mapping) => ({
      protocol: "tcp",
      ...present(mapping),
      // In a network of the task's own there is no other.
      hostPort: mapping.containerPort,
    })),
    mountPoints: (definition.mountPoints ?? []).map((mount) => ({
      readOnly: false,
      ...present(mount),
    })),
    ...(isRecord(given.healthCheck)
      ? { healthCheck: { ...HEALTH_CHECK, ...present(given.healthCheck) } }
      : {}),
  };
}

/** Keys in order, lists without an order sorted, and nothing that is empty but what AWS gives back empty. */
function tidy(container: Fields): Fields {
  return Object.fromEntries(
    Object.entries(container)
      .map(([key, value]) => [key, ordered(key, value)] as const)
      .filter(([key, value]) => key in CONTAINER || !isEmpty(value))
      .sort(([x], [y]) => compare(x, y)),
  );
}

function ordered(key: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => ordered("", entry));
    if (SORTED_WORDS.includes(key)) return entries.sort((x, y) => compare(String(x), String(y)));
    const fields = ORDER[key];
    return fields === undefined ? entries : entries.sort((x, y) => compareBy(fields, x, y));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, part]) => [name, ordered(name, part)] as const)
      .filter(([, part]) => !isEmpty(part))
      .sort(([x], [y]) => compare(x, y)),
  );
}

function compareBy(fields: readonly string[], x: unknown, y: unknown): number {
  for (const field of fields) {
    const [left, right] = [(x as Fields)[field], (y as Fields)[field]];
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : compare(String(left), String(right));
    if (order !== 0) return order;
  }
  return 0;
}

/** Without what is undefined or null. */
function present(value: object): Fields {
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== undefined && part !== null),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
