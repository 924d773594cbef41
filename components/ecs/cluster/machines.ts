/** Machines that a cluster's tasks run on, as many as the tasks need. */
import { Group } from "@pulumi/aws/autoscaling/group.js";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { CapacityProvider } from "@pulumi/aws/ecs/capacityProvider.js";
import type { Cluster } from "@pulumi/aws/ecs/cluster.js";
import { getParameterOutput } from "@pulumi/aws/ssm/getParameter.js";
import type * as pulumi from "@pulumi/pulumi";
import { letOut } from "../../hosts/ec2/egress.ts";
import type { EcsNetwork } from "../network/ecs-network.ts";
import { declareMachineProfile } from "./machine-profile.ts";
import { machineUserData } from "./user-data.ts";

export interface Machines {
  /** Each task has a network interface of its own: the type limits how many fit on a machine. @example "t3.large" */
  instanceType: string;
  /** Of the instance type, and of the images. @default "amd64" */
  architecture?: "amd64" | "arm64";
  /**
   * Exact image, of Amazon's for ECS; another one replaces the machines, each once its tasks have moved.
   * @default the recommended one with Amazon Linux 2023 when the cluster is made; from then on it stays
   */
  amiId?: pulumi.Input<string>;
  /** Fewest machines. @default 0 */
  min?: number;
  /** Most machines. */
  max: number;
  /** Whether AWS may take machines back, for a lower price; their tasks are moved first. @default false */
  spot?: boolean;
  /** GiB of each machine's disk, which is encrypted and ends with it. @default 30 */
  rootSize?: number;
  /** Percent of the machines that tasks fill; less keeps some ready. @default 100 */
  targetCapacity?: number;
}

export interface MachineFacts {
  network: EcsNetwork;
  cluster: Cluster;
  machines: Machines;
  tags: Record<string, string>;
}

/**
 * Declares them as children of a component.
 * @returns the capacity provider's name.
 */
export function declareMachines(
  name: string,
  { network, cluster, machines, tags: shared }: MachineFacts,
  component: pulumi.Resource,
): pulumi.Output<string> {
  const parent = { parent: component };
  const tags = { ...shared, Name: `${name}-machine` };
  const { id } = new SecurityGroup(
    `${name}-machines`,
    { vpcId: network.vpcId, description: `Longshore: machines of cluster ${name}`, tags },
    parent,
  );
  // Tasks have groups of their own; the agent and the pulling of images want a way out, and none in.
  letOut(`${name}-machines-out`, { securityGroupId: id, tags }, parent);
  const template = new LaunchTemplate(
    `${name}-machines`,
    {
      imageId: machines.amiId ?? recommended(machines.architecture, component),
      ...{ instanceType: machines.instanceType, updateDefaultVersion: true },
      iamInstanceProfile: { arn: declareMachineProfile(name, cluster, tags, component) },
      vpcSecurityGroupIds: [id],
      // Containers in networks of their own are one hop further away: none of them gets the machine's rights.
      metadataOptions: {
        ...{ httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        instanceMetadataTags: "disabled",
      },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda", // the root of Amazon's images
          ebs: {
            ...{ volumeType: "gp3", volumeSize: machines.rootSize ?? 30 },
            ...{ encrypted: "true", deleteOnTermination: "true" },
          },
        },
      ],
      ...(machines.spot === true ? { instanceMarketOptions: { marketType: "spot" } } : {}),
      userData: cluster.name.apply((known) =>
        Buffer.from(machineUserData(known)).toString("base64"),
      ),
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      tags,
    },
    { ...parent, ignoreChanges: machines.amiId === undefined ? ["imageId"] : [] },
  );
  const group = new Group(
    `${name}-machines`,
    {
      ...{ minSize: machines.min ?? 0, maxSize: machines.max },
      vpcZoneIdentifiers: network.taskSubnetIds,
      launchTemplate: {
        id: template.id,
        version: template.latestVersion.apply((version) => String(version)),
      },
      // Others than machines without tasks are ended by nobody but ECS.
      protectFromScaleIn: true,
      instanceRefresh: {
        strategy: "Rolling",
        preferences: {
          ...{ minHealthyPercentage: 100, maxHealthyPercentage: 200 },
          scaleInProtectedInstances: "Refresh",
        },
      },
      tags: [
        ...Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: false })),
        // ECS adds it, and it would be taken away again.
        { key: "AmazonECSManaged", value: "true", propagateAtLaunch: true },
      ],
    },
    parent,
  );
  const provider = new CapacityProvider(
    // Names of capacity providers may not begin with `aws`, `ecs` or `fargate`, as clusters' may.
    `machines-${name}`,
    {
      autoScalingGroupProvider: {
        autoScalingGroupArn: group.arn,
        managedScaling: { status: "ENABLED", targetCapacity: machines.targetCapacity ?? 100 },
        ...{ managedTerminationProtection: "ENABLED", managedDraining: "ENABLED" },
      },
      tags,
    },
    parent,
  );
  return provider.name;
}

/** The image that Amazon recommends, with Amazon Linux 2023. */
function recommended(architecture: "amd64" | "arm64" = "amd64", parent: pulumi.Resource) {
  const variant = architecture === "arm64" ? "arm64/" : "";
  const path = `/aws/service/ecs/optimized-ami/amazon-linux-2023/${variant}recommended/image_id`;
  return getParameterOutput({ name: path }, { parent }).insecureValue;
}
