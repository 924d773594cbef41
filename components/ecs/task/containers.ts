/** A service as containers of an ECS task: its own, and those that deliver its secrets and check its health. */
import type { Service } from "../../services/index.ts";
import { ownerOptions } from "../../services/values/user.ts";
import { SECRETS_FOLDER } from "../../services/values/variables.ts";
import { canonical } from "./canonical.ts";
import {
  HELPERS,
  SECRETS_VOLUME,
  checkHelper,
  hasCheckHelper,
  hasFileSecrets,
  namedValues,
  secretReference,
  secretsHelper,
} from "./helpers.ts";
import { LOG_ROUTER, helperLogs, logConfiguration } from "./logs.ts";
import { checkPace } from "./pace.ts";
import { portMappings } from "./ports.ts";
import { CORE } from "./size.ts";
import type { ContainerDefinition, LinuxParameters, MountPoint, TaskFacts } from "./types.ts";

/** Label that changes when the values of a service's secrets do, and releases it. */
const FINGERPRINT = "longshore.secrets";

/**
 * All containers of a service's task, in canonical form.
 * @throws Error if the helper image, a secret's ARN or a log router's image is missing that the service needs:
 * `findEcsFaults` tells so before.
 */
export function containerDefinitions(service: Service, facts: TaskFacts): ContainerDefinition[] {
  const helpers = [
    ...(hasFileSecrets(service) ? [secretsHelper(service, facts, helperImage(facts))] : []),
    ...(hasCheckHelper(service) ? [checkHelper(service, helperImage(facts))] : []),
  ].map((helper) => ({
    ...helper,
    ...restrained(facts),
    logConfiguration: helperLogs(facts, service.name),
  }));
  const routers = service.logging.driver === LOG_ROUTER.driver ? [logRouter(service, facts)] : [];
  return canonical([serviceContainer(service, facts), ...helpers, ...routers]);
}

function serviceContainer(service: Service, facts: TaskFacts): ContainerDefinition {
  const { healthCheck: check, command, entrypoint, user, cpus } = service;
  return {
    name: service.name,
    image: facts.image,
    cpu: cpus === undefined ? 0 : Math.ceil(cpus * CORE),
    memory: service.memory,
    essential: true,
    ...(entrypoint === undefined ? {} : { entryPoint: [...entrypoint] }),
    ...(command === undefined ? {} : { command: [...command] }),
    environment: namedValues(facts.environment),
    secrets: service.secrets
      .filter(({ as }) => as === "env")
      .map(({ name }) => secretReference(name, facts)),
    portMappings: portMappings(service),
    mountPoints: mountPoints(service),
    dependsOn: hasFileSecrets(service)
      ? [{ containerName: HELPERS.secrets, condition: "SUCCESS" }]
      : [],
    ...(check.kind === "command"
      ? {
          healthCheck: { command: ["CMD", ...check.command], ...checkPace(service, check.timeout) },
        }
      : {}),
    stopTimeout: service.stopGrace,
    ...(user === undefined ? {} : { user }),
    readonlyRootFilesystem: service.readOnlyRoot,
    ...(service.noNewPrivileges ? restrained(facts) : {}),
    dockerLabels: {
      ...service.labels,
      ...(facts.fingerprint === undefined ? {} : { [FINGERPRINT]: facts.fingerprint }),
    },
    linuxParameters: linuxParameters(service),
    ulimits: Object.entries(service.ulimits).map(([name, { soft, hard }]) => ({
      ...{ name, softLimit: soft, hardLimit: hard },
    })),
    systemControls: Object.entries(service.sysctls).map(([namespace, value]) => ({
      ...{ namespace, value },
    })),
    logConfiguration: logConfiguration(service.logging, facts, service.name),
  };
}

/** Fargate takes no security options: there setuid programs are kept from nothing. */
function restrained({ capacity }: TaskFacts): Pick<ContainerDefinition, "dockerSecurityOptions"> {
  return capacity === "ec2" ? { dockerSecurityOptions: ["no-new-privileges"] } : {};
}

function linuxParameters({ capabilities, init, shmSize, tmpfs, user }: Service): LinuxParameters {
  return {
    initProcessEnabled: init,
    capabilities: { add: [...capabilities.add], drop: [...capabilities.drop] },
    ...(shmSize === undefined ? {} : { sharedMemorySize: shmSize }),
    tmpfs: tmpfs.map(({ at, size }) => ({
      ...{ containerPath: at, size },
      mountOptions: ["mode=1777", ...ownerOptions(user)],
    })),
  };
}

function mountPoints(service: Service): MountPoint[] {
  const volumes = service.volumes.map(({ name, at }) => ({
    sourceVolume: name,
    containerPath: at,
  }));
  if (!hasFileSecrets(service)) return volumes;
  const secrets = { sourceVolume: SECRETS_VOLUME, containerPath: SECRETS_FOLDER, readOnly: true };
  return [...volumes, secrets];
}

function helperImage({ helperImage: image }: TaskFacts): string {
  if (image === undefined) throw new Error("the helper image is missing");
  return image;
}

function logRouter({ name }: Service, facts: TaskFacts): ContainerDefinition {
  if (facts.logRouterImage === undefined) throw new Error("the log router's image is missing");
  return {
    name: LOG_ROUTER.name,
    image: facts.logRouterImage,
    memory: LOG_ROUTER.memory,
    essential: true,
    // It reads the sockets of the other containers' logs.
    user: "0",
    firelensConfiguration: { type: "fluentbit" },
    logConfiguration: helperLogs(facts, name),
  };
}
