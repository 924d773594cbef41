/** Which calls of AWS's API the provider makes of the inputs of a cluster and its machines. */
import { MAPPINGS, type Mapping, TOKEN, pairs, tags } from "../mappings.ts";
import { capitals, same } from "./rename.ts";

type Tags = Record<string, string>;
/** As the newer APIs have them. */
export const smallTags = (value: Tags) => ({
  tags: Object.entries(value).map(([key, text]) => ({ key, value: text })),
});
interface Disk {
  deviceName: string;
  ebs: Record<string, unknown>;
}

export const CLUSTER_MAPPINGS: Record<string, Mapping> = {
  "aws:servicediscovery/httpNamespace:HttpNamespace": {
    ...{ service: "servicediscovery", named: true },
    calls: {
      CreateHttpNamespace: {
        inputs: { name: "Name", description: "Description", tags },
        adds: { CreatorRequestId: TOKEN.ClientToken },
      },
    },
  },
  "aws:ecs/cluster:Cluster": {
    ...{ service: "ecs", named: true },
    calls: {
      CreateCluster: {
        inputs: {
          ...same("settings", "configuration", "serviceConnectDefaults"),
          ...{ name: "clusterName", tags: smallTags },
        },
      },
    },
  },
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
    service: "ecs",
    calls: {
      PutClusterCapacityProviders: {
        inputs: {
          ...{ clusterName: "cluster", capacityProviders: "capacityProviders" },
          defaultCapacityProviderStrategies: "defaultCapacityProviderStrategy",
        },
      },
    },
  },
  "aws:ecs/capacityProvider:CapacityProvider": {
    ...{ service: "ecs", named: true },
    calls: {
      CreateCapacityProvider: {
        inputs: { ...same("name", "autoScalingGroupProvider"), tags: smallTags },
      },
    },
  },
  "aws:ssm/getParameter:getParameter": {
    service: "ssm",
    calls: { GetParameter: { inputs: { name: "Name" }, adds: { WithDecryption: true } } },
  },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    ...{ service: "ec2", named: true },
    calls: {
      CreateLaunchTemplate: {
        inputs: {
          name: "LaunchTemplateName",
          imageId: "LaunchTemplateData.ImageId",
          instanceType: "LaunchTemplateData.InstanceType",
          "iamInstanceProfile.arn": "LaunchTemplateData.IamInstanceProfile.Arn",
          vpcSecurityGroupIds: "LaunchTemplateData.SecurityGroupIds",
          metadataOptions: (value: object) => ({
            "LaunchTemplateData.MetadataOptions": capitals(value),
          }),
          blockDeviceMappings: (disks: Disk[]) => ({
            "LaunchTemplateData.BlockDeviceMappings": disks.map(({ deviceName, ebs }) => ({
              DeviceName: deviceName,
              Ebs: {
                ...(capitals(ebs) as object),
                Encrypted: ebs.encrypted === "true",
                DeleteOnTermination: ebs.deleteOnTermination === "true",
              },
            })),
          }),
          instanceMarketOptions: (value: object) => ({
            "LaunchTemplateData.InstanceMarketOptions": capitals(value),
          }),
          userData: "LaunchTemplateData.UserData",
          tagSpecifications: (found: { resourceType: string; tags: Tags }[]) => ({
            "LaunchTemplateData.TagSpecifications": found.map((each) => ({
              ...{ ResourceType: each.resourceType, Tags: pairs(each.tags) },
            })),
          }),
          tags: (value: Tags) => ({
            "TagSpecifications.0": { ResourceType: "launch-template", Tags: pairs(value) },
          }),
        },
        adds: TOKEN,
      },
    },
    kept: { updateDefaultVersion: "makes a later version the default one" },
  },
  "aws:autoscaling/group:Group": {
    ...{ service: "autoscaling", named: true },
    calls: {
      CreateAutoScalingGroup: {
        inputs: {
          ...{ name: "AutoScalingGroupName", minSize: "MinSize", maxSize: "MaxSize" },
          vpcZoneIdentifiers: (ids: string[]) => ({ VPCZoneIdentifier: ids.join(",") }),
          "launchTemplate.id": "LaunchTemplate.LaunchTemplateId",
          "launchTemplate.version": "LaunchTemplate.Version",
          protectFromScaleIn: "NewInstancesProtectedFromScaleIn",
          tags: (value: object[]) => ({ Tags: capitals(value) }),
        },
      },
      StartInstanceRefresh: {
        inputs: {
          name: "AutoScalingGroupName",
          "instanceRefresh.strategy": "Strategy",
          "instanceRefresh.preferences": (value: object) => ({ Preferences: capitals(value) }),
        },
      },
    },
  },
  ...Object.fromEntries(
    [
      ...["aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"],
      "aws:iam/instanceProfile:InstanceProfile",
    ].map((type) => [type, MAPPINGS[type] as Mapping]),
  ),
};
