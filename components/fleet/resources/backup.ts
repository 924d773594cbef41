/** The resources that set backups up on the hosts that have volumes, see hosts/backup. */
import * as pulumi from "@pulumi/pulumi";
import type { BackupRequest, SavedVolume } from "../../hosts/backup/types.ts";
import type { Host } from "../../hosts/host.ts";
import { programResource } from "../../program-command.ts";
import type { Service } from "../../services/index.ts";
import { recordVolume } from "../state/record.ts";
import { BACKUP_DEFAULTS, type BackupArgs } from "./backup-args.ts";

/** A volume that services keep data in, and its name on the engine. */
export interface StoredVolume {
  service: Service;
  volume: string;
  name: pulumi.Input<string>;
}

export interface BackupContext {
  stack: string;
  /** Of the stack's state. */
  identity: pulumi.Output<string>;
  hosts: readonly Host[];
  /** By host. */
  stored: ReadonlyMap<string, StoredVolume[]>;
}

/**
 * Declares the backups of each host.
 * @param prefix of the resources' names: `PREFIX-HOST-backup`.
 */
export function declareBackups(
  prefix: string,
  args: BackupArgs,
  { stack, identity, hosts, stored }: BackupContext,
  options: { parent: pulumi.Resource; dependsOn: pulumi.Resource[] },
): void {
  // Two that make one repository at the same time would spoil it: the others wait for the first.
  const first: pulumi.Resource[] = [];
  for (const host of hosts) {
    const volumes = stored.get(host.hostName) ?? [];
    if (volumes.length === 0) continue;
    const { to, password, s3, sftp, schedule, keep } = args;
    const request = pulumi
      .all([host.engine, identity, pulumi.output({ password, s3, sftp }), savedOf(volumes, args)])
      .apply(([engine, id, secrets, saved]): BackupRequest => {
        if (typeof engine === "string") {
          throw new pulumi.RunError(
            `\`backup\`: host \`${host.hostName}\` is not reached by SSH. Use \`SshHost\`, or remove \`backup\`.`,
          );
        }
        return {
          ...{ name: host.hostName, target: engine.ssh, record: recordVolume(stack), identity: id },
          ...{ volumes: saved, to, ...defined(secrets) },
          schedule: schedule ?? BACKUP_DEFAULTS.schedule,
          keep: { ...BACKUP_DEFAULTS.keep, ...keep },
        };
      });
    const own = programResource(
      `${prefix}-${host.hostName}-backup`,
      "backup",
      pulumi.secret(pulumi.jsonStringify(request)),
      { ...options, dependsOn: [...options.dependsOn, ...first] },
      true,
    );
    if (first.length === 0) first.push(own);
  }
}

function savedOf(volumes: StoredVolume[], { before = {}, after = {} }: BackupArgs) {
  return pulumi.all(
    volumes.map(({ service, volume, name }) =>
      pulumi.output(name).apply((known): SavedVolume => ({
        ...{ volume: `${service.name}/${volume}`, name: known },
        before: before[service.name] ?? [],
        after: after[service.name] ?? [],
      })),
    ),
  );
}

/** Without what is not given. */
function defined({ password, s3, sftp }: Pick<BackupRequest, "password" | "s3" | "sftp">) {
  return { password, ...(s3 && { s3 }), ...(sftp && { sftp }) };
}
