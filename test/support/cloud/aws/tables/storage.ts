/** File systems, and registries of images. */
import { type At, type Resource, at, text } from "../resource.ts";

const fileSystem: Resource = {
  service: "efs",
  replace: ["availabilityZoneName", "creationToken", "encrypted", "kmsKeyId", "performanceMode"],
  defaults: { throughputMode: "bursting" },
  names: { arn: "FileSystemArn", name: "Name", protection: "FileSystemProtection" },
  create: {
    operation: "CreateFileSystem",
    add: ({ inputs }) => ({ CreationToken: inputs.creationToken ?? `terraform-${Date.now()}` }),
    id: ({ FileSystemId }) => text(FileSystemId),
  },
  settings: [
    {
      of: ["lifecyclePolicies"],
      with: "given",
      operation: "PutLifecycleConfiguration",
      params: ({ id, inputs }) => ({
        FileSystemId: id,
        ...(inputs.lifecyclePolicies === undefined && { LifecyclePolicies: [] }),
      }),
    },
    {
      of: ["throughputMode", "provisionedThroughputInMibps"],
      when: "update",
      with: "given",
      operation: "UpdateFileSystem",
      params: ({ id }) => ({ FileSystemId: id }),
    },
  ],
  read: [
    {
      operation: "DescribeFileSystems",
      params: ({ id }) => ({ FileSystemId: id }),
      pick: "FileSystems.0",
    },
    {
      operation: "DescribeLifecycleConfiguration",
      params: ({ id }) => ({ FileSystemId: id }),
      pick: (answer) => ({ LifecyclePolicies: answer.LifecyclePolicies }),
    },
  ],
  outputs: (_, { id, region }) => ({ dnsName: `${id}.efs.${region}.amazonaws.com` }),
  remove: [{ operation: "DeleteFileSystem", params: ({ id }) => ({ FileSystemId: id }) }],
};

const mountTarget: Resource = {
  service: "efs",
  replace: ["fileSystemId", "ipAddress", "ipAddressType", "ipv6Address", "subnetId"],
  create: { operation: "CreateMountTarget", id: ({ MountTargetId }) => text(MountTargetId) },
  settings: [
    {
      of: ["securityGroups"],
      when: "update",
      with: "given",
      operation: "ModifyMountTargetSecurityGroups",
      params: ({ id }) => ({ MountTargetId: id }),
    },
  ],
  read: [
    {
      operation: "DescribeMountTargets",
      params: ({ id }) => ({ MountTargetId: id }),
      pick: "MountTargets.0",
    },
    {
      operation: "DescribeMountTargetSecurityGroups",
      params: ({ id }) => ({ MountTargetId: id }),
      pick: (answer) => ({ SecurityGroups: answer.SecurityGroups }),
    },
  ],
  remove: [{ operation: "DeleteMountTarget", params: ({ id }) => ({ MountTargetId: id }) }],
};

const accessPoint: Resource = {
  service: "efs",
  replace: ["fileSystemId", "posixUser", "rootDirectory"],
  names: { arn: "AccessPointArn", "rootDirectory.creationInfo": "CreationInfo" },
  create: {
    operation: "CreateAccessPoint",
    add: () => ({ ClientToken: `terraform-${Date.now()}` }),
    id: ({ AccessPointId }) => text(AccessPointId),
  },
  read: [
    {
      operation: "DescribeAccessPoints",
      params: ({ id }) => ({ AccessPointId: id }),
      pick: "AccessPoints.0",
    },
  ],
  remove: [{ operation: "DeleteAccessPoint", params: ({ id }) => ({ AccessPointId: id }) }],
};

const named = ({ id }: At) => ({ repositoryName: id });

const repository: Resource = {
  ...{ service: "ecr", named: 256 },
  defaults: { imageTagMutability: "MUTABLE" },
  replace: ["encryptionConfigurations", "name"],
  names: {
    name: "repositoryName",
    arn: "repositoryArn",
    repositoryUrl: "repositoryUri",
    encryptionConfigurations: "encryptionConfiguration",
  },
  kept: ["forceDelete"],
  create: {
    operation: "CreateRepository",
    id: (answer) => text(at(answer, "repository.repositoryName")),
  },
  settings: [
    {
      of: ["imageTagMutability", "imageTagMutabilityExclusionFilters"],
      when: "update",
      with: "given",
      operation: "PutImageTagMutability",
      params: named,
    },
    {
      of: ["imageScanningConfiguration"],
      when: "update",
      with: "given",
      operation: "PutImageScanningConfiguration",
      params: named,
    },
  ],
  read: [
    {
      operation: "DescribeRepositories",
      params: ({ id }) => ({ repositoryNames: [id] }),
      pick: "repositories.0",
    },
  ],
  remove: [
    {
      operation: "DeleteRepository",
      params: ({ id, state }) => ({ repositoryName: id, force: state.forceDelete === true }),
    },
  ],
  tagged: ({ state }) => text(state.repositoryArn ?? state.arn),
};

const lifecyclePolicy: Resource = {
  service: "ecr",
  replace: ["policy", "repository"],
  names: { repository: "repositoryName", policy: "lifecyclePolicyText" },
  json: ["policy"],
  create: {
    operation: "PutLifecyclePolicy",
    id: ({ repositoryName }) => text(repositoryName),
  },
  read: [{ operation: "GetLifecyclePolicy", params: named, pick: (answer) => answer }],
  remove: [{ operation: "DeleteLifecyclePolicy", params: named }],
};

export const STORAGE: Record<string, Resource> = {
  "aws:efs/fileSystem:FileSystem": fileSystem,
  "aws:efs/mountTarget:MountTarget": mountTarget,
  "aws:efs/accessPoint:AccessPoint": accessPoint,
  "aws:ecr/repository:Repository": repository,
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy,
};
