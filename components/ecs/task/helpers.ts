/** Longshore's own containers beside a service's: one delivers its files of secrets, one proves that it can serve. */
import type { Service, SmokeCheck } from "../../services/index.ts";
import { numericOwner } from "../../services/values/user.ts";
import { SECRETS_FOLDER } from "../../services/values/variables.ts";
import { checkPace } from "./pace.ts";
import { type Port, portsOf } from "./ports.ts";
import type { ContainerDefinition, NamedValue, SecretReference, TaskFacts } from "./types.ts";

/** Names of the helpers: no service that has them can be called so. */
export const HELPERS = { secrets: "secrets", check: "health" } as const;
/** Most that a helper may use, in MiB: the end-to-end test of its image runs it with that. */
export const HELPER_MEMORY = 32;
/** A task's volume, where one helper writes secrets and the service reads them. */
export const SECRETS_VOLUME = "longshore-secrets";

/** Begins the names of variables that hold secrets for the helper, which has variables of its own. */
const SECRET_PREFIX = "LONGSHORE_SECRET_";
/** Docker's default capabilities without CHOWN: Fargate can add none to an empty set. */
const ALL_BUT_CHOWN = [
  ...["AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];
const NOBODY = "65534:65534";
/** Statuses of a check that names none. */
const HEALTHY = "200-399";
/** Seconds that a helper may take to end. */
const STOP = 2;
/** Seconds that a smoke check may take, the same as on a fleet. */
const SMOKE_TIMEOUT = 10;

export function hasFileSecrets({ secrets }: Pick<Service, "secrets">): boolean {
  return secrets.some(({ as }) => as === "file");
}

/** Whether there is anything to check that the service's container cannot check itself. */
export function hasCheckHelper(service: Service): boolean {
  return checkArguments(service).length > 0;
}

/** Whether a service's task has containers of the helper image. */
export function needsHelper(service: Service): boolean {
  return hasFileSecrets(service) || hasCheckHelper(service);
}

/**
 * Writes each secret to its file, once, before the service starts. Files are the service's user's alone where that is
 * a number; a name or the image's own user is known in the image only, and then all of the container may read them.
 */
export function secretsHelper(
  service: Service,
  facts: TaskFacts,
  image: string,
): Partial<ContainerDefinition> & { name: string; image: string } {
  const files = service.secrets.filter(({ as }) => as === "file").map(({ name }) => name);
  const owner = numericOwner(service.user);
  return {
    name: HELPERS.secrets,
    image,
    essential: false,
    memory: HELPER_MEMORY,
    command: [
      "secrets",
      SECRETS_FOLDER,
      owner === undefined ? "" : `${owner.uid}:${owner.gid}`,
      ...files,
    ],
    secrets: files.map((name) => ({
      ...secretReference(name, facts),
      name: `${SECRET_PREFIX}${name}`,
    })),
    mountPoints: [{ sourceVolume: SECRETS_VOLUME, containerPath: SECRETS_FOLDER }],
    user: "0:0",
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ALL_BUT_CHOWN } },
    stopTimeout: STOP,
  };
}

/** Asks the service from inside its own network, as ECS cannot from outside. The task is as healthy as this container. */
export function checkHelper(
  service: Service,
  image: string,
): Partial<ContainerDefinition> & { name: string; image: string } {
  const { healthCheck: check } = service;
  const timeout =
    check.kind === "running" || check.kind === "command"
      ? portsOf(service).length + 1
      : check.timeout * Math.max(portsOf(service).length, 1);
  return {
    name: HELPERS.check,
    image,
    essential: true,
    memory: HELPER_MEMORY,
    command: ["sleep", "infinity"],
    dependsOn: [{ containerName: service.name, condition: "START" }],
    healthCheck: {
      command: ["CMD", "check", ...checkArguments(service)],
      ...checkPace(service, timeout + service.smokeChecks.length * SMOKE_TIMEOUT),
    },
    user: NOBODY,
    readonlyRootFilesystem: true,
    linuxParameters: {
      initProcessEnabled: true,
      capabilities: { drop: ["ALL"] },
      // What has passed so far.
      tmpfs: [{ containerPath: "/run/longshore", size: 1, mountOptions: ["mode=1777"] }],
    },
    stopTimeout: STOP,
  };
}

/** A secret as ECS refers to it. @throws Error if its ARN is not known. */
export function secretReference(name: string, { secretArns }: TaskFacts): SecretReference {
  const valueFrom = secretArns[name];
  if (valueFrom === undefined) throw new Error(`secret ${name} has no ARN`);
  return { name, valueFrom };
}

/** What the helper image's `check` is told; empty if there is nothing to check. */
export function checkArguments(service: Service): string[] {
  const { healthCheck: check, name, smokeChecks } = service;
  const ports = portsOf(service);
  const main = ports.find((port) => port.name === undefined);
  const told: string[] = [];
  let left = ports;
  if (check.kind === "http" || check.kind === "tcp") {
    const checked = ports.find((port) => port.name === check.port);
    left = ports.filter((port) => port !== checked);
    if (check.successes > 1) told.push("--successes", String(check.successes));
    if (checked !== undefined) {
      told.push(...(check.kind === "http" ? httpCheck(name, check, checked) : tcp(checked, check)));
    }
  }
  const seconds = "timeout" in check ? check.timeout : 1;
  for (const port of left) told.push(...tcp(port, { timeout: seconds }));
  if (main !== undefined)
    told.push(...smokeChecks.flatMap((smoke) => smokeCheck(name, smoke, main)));
  return told;
}

function httpCheck(
  name: string,
  check: Extract<Service["healthCheck"], { kind: "http" }>,
  { port }: Port,
): string[] {
  const status = check.status?.join(",") ?? HEALTHY;
  return [
    ...["--http", `http://127.0.0.1:${port}${check.path}`, status, String(check.timeout)],
    ...sent(name, check.requestHeaders),
  ];
}

function tcp({ port }: Port, { timeout }: { timeout: number }): string[] {
  return ["--tcp", String(port), String(timeout)];
}

function smokeCheck(name: string, smoke: SmokeCheck, { port }: Port): string[] {
  const { path, status, requestHeaders, headers, startsWith } = smoke;
  return [
    ...["--smoke", `http://127.0.0.1:${port}${path}`, String(status), String(SMOKE_TIMEOUT)],
    ...sent(name, requestHeaders),
    ...Object.entries(headers).flatMap(([header, value]) => ["--expect", `${header}: ${value}`]),
    // One character a byte: they need not be text.
    ...(startsWith === undefined
      ? []
      : ["--begins", Buffer.from(startsWith, "latin1").toString("base64")]),
  ];
}

function sent(name: string, requestHeaders: Readonly<Record<string, string>>): string[] {
  return Object.entries({ host: name, ...requestHeaders }).flatMap(([header, value]) => [
    "--send",
    `${header}: ${value}`,
  ]);
}

/** By name. */
export function namedValues(map: Readonly<Record<string, string>>): NamedValue[] {
  return Object.entries(map).map(([name, value]) => ({ name, value }));
}
