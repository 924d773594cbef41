/** A task's volumes: the folder of secrets, and what outlives the task. */
import { compare } from "../../services/values/maps.ts";
import type { Service } from "../../services/index.ts";
import { SECRETS_VOLUME, hasFileSecrets } from "./helpers.ts";
import type { FileSystem } from "./types.ts";

/** A volume of `aws.ecs.TaskDefinition`. One without a file system is empty when the task starts, and gone with it. */
export interface TaskVolume {
  name: string;
  efsVolumeConfiguration?: {
    fileSystemId: string;
    transitEncryption: "ENABLED";
    authorizationConfig: { accessPointId: string; iam: "ENABLED" };
  };
}

/**
 * All volumes of a service's task, by name.
 * @param fileSystems of each of the service's volumes, by the volume's name.
 * @throws Error if one has none.
 */
export function taskVolumes(
  service: Service,
  fileSystems: Readonly<Record<string, FileSystem>>,
): TaskVolume[] {
  const kept = service.volumes.map(({ name }): TaskVolume => {
    const found = fileSystems[name];
    if (found === undefined)
      throw new Error(`volume ${name} of ${service.name} has no file system`);
    return {
      name,
      efsVolumeConfiguration: {
        fileSystemId: found.fileSystemId,
        transitEncryption: "ENABLED",
        authorizationConfig: { accessPointId: found.accessPointId, iam: "ENABLED" },
      },
    };
  });
  const secrets = hasFileSecrets(service) ? [{ name: SECRETS_VOLUME }] : [];
  return [...kept, ...secrets].sort((x, y) => compare(x.name, y.name));
}
