/** Volumes that outlive their tasks: an encrypted file system of EFS for each service that has some. */
import { AccessPoint } from "@pulumi/aws/efs/accessPoint.js";
import { FileSystem } from "@pulumi/aws/efs/fileSystem.js";
import { MountTarget } from "@pulumi/aws/efs/mountTarget.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../services/index.ts";
import { numericOwner } from "../../services/values/user.ts";
import type { FileSystem as MountedFiles } from "../task/types.ts";

/** Port of NFS. */
const NFS = 2049;

const NONE: Record<string, MountedFiles> = {};

export interface ServiceStorage {
  /** By the volume's name. */
  volumes: pulumi.Output<Record<string, MountedFiles>>;
  /** ARNs for the task's role; undefined: the service has no volume. */
  access:
    { fileSystemArn: pulumi.Output<string>; accessPointArns: pulumi.Output<string>[] } | undefined;
  /** Without these no task can mount. */
  ready: pulumi.Resource[];
}

export interface StorageArgs {
  vpcId: pulumi.Input<string>;
  /** One for each zone. */
  subnetIds: pulumi.Input<string>[];
  /** Of the service's tasks, which alone reach it. */
  tasksGroupId: pulumi.Input<string>;
  /** Whether the file system is kept from being deleted. */
  protect: boolean;
  tags: Record<string, string>;
}

/** A file system with a mount target in each zone, and an access point for each volume, owned by the service's user. */
export function declareStorage(
  name: string,
  service: Service,
  { vpcId, subnetIds, tasksGroupId, protect, tags }: StorageArgs,
  options: pulumi.CustomResourceOptions,
): ServiceStorage {
  if (service.volumes.length === 0) {
    return { volumes: pulumi.output(NONE), access: undefined, ready: [] };
  }
  const fileSystem = new FileSystem(
    `${name}-files`,
    { encrypted: true, throughputMode: "elastic", tags: { ...tags, Name: name } },
    { ...options, protect },
  );
  const description = `Longshore: file system of ${name}`;
  const group = new SecurityGroup(`${name}-files`, { vpcId, description, tags }, options);
  new SecurityGroupIngressRule(
    `${name}-files-nfs`,
    {
      ...{ securityGroupId: group.id, referencedSecurityGroupId: tasksGroupId },
      ...{ ipProtocol: "tcp", fromPort: NFS, toPort: NFS, tags },
    },
    options,
  );
  const targets = subnetIds.map(
    (subnetId, index) =>
      new MountTarget(
        `${name}-files-${index + 1}`,
        { fileSystemId: fileSystem.id, subnetId, securityGroups: [group.id] },
        options,
      ),
  );
  const points = service.volumes.map(({ name: volume }) => {
    const { uid, gid } = ownerOf(service.user);
    return new AccessPoint(
      `${name}-${volume}`,
      {
        fileSystemId: fileSystem.id,
        posixUser: { uid, gid },
        rootDirectory: {
          path: `/${volume}`,
          creationInfo: { ownerUid: uid, ownerGid: gid, permissions: "0750" },
        },
        tags: { ...tags, Name: `${name}-${volume}` },
      },
      { ...options, protect },
    );
  });
  const known = pulumi.all([fileSystem.id, pulumi.all(points.map(({ id }) => id))]);
  return {
    volumes: known.apply(([fileSystemId, ids]): Record<string, MountedFiles> =>
      Object.fromEntries(
        service.volumes.map((volume, index) => [
          volume.name,
          { fileSystemId, accessPointId: ids[index] ?? "" },
        ]),
      ),
    ),
    access: { fileSystemArn: fileSystem.arn, accessPointArns: points.map(({ arn }) => arn) },
    ready: targets,
  };
}

/** Everything in a volume belongs to one user: the service's if it is given by number, else root. */
function ownerOf(user: string | undefined): { uid: number; gid: number } {
  const { uid, gid } = numericOwner(user) ?? { uid: 0, gid: 0 };
  return { uid: Number(uid), gid: Number(gid) };
}
