/**
 * Which calls of AWS's API the provider (`@pulumi/aws` 7.48) makes of a resource's inputs: where each input goes. Read in
 * the sources of terraform-provider-aws, which it is built on.
 */

/** A parameter's path, whose numbers are places in lists; or what an input becomes, by path. */
export type Target = string | ((value: never) => Record<string, unknown>);

export interface Mapping {
  /** As botocore names it. */
  service: string;
  /** By operation: its parameters by input (`.` leads into an input), and what the provider adds, by path. */
  calls: Record<string, { inputs: Record<string, Target>; adds?: Record<string, unknown> }>;
  /** Inputs that are in none of these calls, and what the provider does with them. */
  kept?: Record<string, string>;
  /** Without a `name` of its own the provider makes one: that of the resource, with seven random digits. */
  named?: true;
}

type Tags = Record<string, string>;
export const pairs = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
export const tagged = (ResourceType: string) => (tags: Tags) => ({
  "TagSpecifications.0": { ResourceType, Tags: pairs(tags) },
});
export const tags = (value: Tags) => ({ Tags: pairs(value) });
export const filter = (Name: string) => (value: unknown) => ({
  Filters: [{ Name, Values: [String(value)] }],
});
/** Makes a call that is sent twice one. */
export const TOKEN = { ClientToken: "terraform-20260101000000000000000001" };

const rule = (operation: string): Mapping => ({
  service: "ec2",
  calls: {
    [operation]: {
      inputs: {
        securityGroupId: "GroupId",
        ipProtocol: "IpPermissions.0.IpProtocol",
        fromPort: "IpPermissions.0.FromPort",
        toPort: "IpPermissions.0.ToPort",
        cidrIpv4: "IpPermissions.0.IpRanges.0.CidrIp",
        cidrIpv6: "IpPermissions.0.Ipv6Ranges.0.CidrIpv6",
        referencedSecurityGroupId: "IpPermissions.0.UserIdGroupPairs.0.GroupId",
        tags: tagged("security-group-rule"),
      },
    },
  },
});

/** By type of resource, and by token of look-ups. */
export const MAPPINGS: Record<string, Mapping> = {
  "aws:ec2/getSubnet:getSubnet": {
    service: "ec2",
    calls: {
      DescribeSubnets: {
        inputs: {
          id: "SubnetIds.0",
          availabilityZone: filter("availabilityZone"),
          defaultForAz: filter("defaultForAz"),
        },
      },
    },
  },
  "aws:ec2/getAmi:getAmi": {
    service: "ec2",
    calls: {
      DescribeImages: {
        inputs: {
          owners: "Owners",
          filters: (found: { name: string; values: string[] }[]) => ({
            Filters: found.map(({ name, values }) => ({ Name: name, Values: values })),
          }),
        },
        adds: { IncludeDeprecated: false },
      },
    },
    kept: { mostRecent: "takes the newest of those that are found" },
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    ...{ service: "ec2", named: true },
    calls: {
      CreateSecurityGroup: {
        inputs: {
          ...{ name: "GroupName", description: "Description", vpcId: "VpcId" },
          tags: tagged("security-group"),
        },
      },
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule(
    "AuthorizeSecurityGroupIngress",
  ),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("AuthorizeSecurityGroupEgress"),
  "aws:iam/role:Role": {
    ...{ service: "iam", named: true },
    calls: {
      CreateRole: {
        inputs: { name: "RoleName", assumeRolePolicy: "AssumeRolePolicyDocument", tags },
        adds: { Path: "/", MaxSessionDuration: 3600 },
      },
    },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    ...{ service: "iam", named: true },
    calls: {
      PutRolePolicy: { inputs: { name: "PolicyName", role: "RoleName", policy: "PolicyDocument" } },
    },
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    ...{ service: "iam", named: true },
    calls: {
      CreateInstanceProfile: {
        inputs: { name: "InstanceProfileName", tags },
        adds: { Path: "/" },
      },
      AddRoleToInstanceProfile: { inputs: { name: "InstanceProfileName", role: "RoleName" } },
    },
  },
  "aws:ebs/volume:Volume": {
    service: "ec2",
    calls: {
      CreateVolume: {
        inputs: {
          ...{ availabilityZone: "AvailabilityZone", type: "VolumeType", encrypted: "Encrypted" },
          ...{ size: "Size", iops: "Iops", throughput: "Throughput" },
          tags: tagged("volume"),
        },
        adds: TOKEN,
      },
    },
  },
  "aws:ec2/volumeAttachment:VolumeAttachment": {
    service: "ec2",
    calls: {
      AttachVolume: {
        inputs: { deviceName: "Device", instanceId: "InstanceId", volumeId: "VolumeId" },
      },
    },
    kept: { stopInstanceBeforeDetaching: "stops the machine before it takes the volume away" },
  },
  "aws:ec2/instance:Instance": {
    service: "ec2",
    calls: {
      RunInstances: {
        inputs: {
          ...{ ami: "ImageId", instanceType: "InstanceType" },
          subnetId: "NetworkInterfaces.0.SubnetId",
          vpcSecurityGroupIds: "NetworkInterfaces.0.Groups",
          associatePublicIpAddress: "NetworkInterfaces.0.AssociatePublicIpAddress",
          iamInstanceProfile: "IamInstanceProfile.Name",
          "metadataOptions.httpEndpoint": "MetadataOptions.HttpEndpoint",
          "metadataOptions.httpTokens": "MetadataOptions.HttpTokens",
          "metadataOptions.httpPutResponseHopLimit": "MetadataOptions.HttpPutResponseHopLimit",
          "metadataOptions.instanceMetadataTags": "MetadataOptions.InstanceMetadataTags",
          "rootBlockDevice.volumeType": "BlockDeviceMappings.0.Ebs.VolumeType",
          "rootBlockDevice.volumeSize": "BlockDeviceMappings.0.Ebs.VolumeSize",
          "rootBlockDevice.encrypted": "BlockDeviceMappings.0.Ebs.Encrypted",
          "rootBlockDevice.deleteOnTermination": "BlockDeviceMappings.0.Ebs.DeleteOnTermination",
          disableApiTermination: "DisableApiTermination",
          monitoring: "Monitoring.Enabled",
          userData: (text: string) => ({ UserData: Buffer.from(text).toString("base64") }),
          tags: tagged("instance"),
        },
        adds: {
          ...{ MinCount: 1, MaxCount: 1, ...TOKEN, EbsOptimized: false },
          "NetworkInterfaces.0.DeviceIndex": 0,
          // What the image says.
          "BlockDeviceMappings.0.DeviceName": "/dev/xvda",
        },
      },
      CreateTags: {
        inputs: { "rootBlockDevice.tags": tags },
        adds: { Resources: ["vol-0123456789abcdef0"] },
      },
    },
    kept: { userDataReplaceOnChange: "whether other user data replaces the machine" },
  },
  "aws:ec2/eip:Eip": {
    service: "ec2",
    calls: { AllocateAddress: { inputs: { domain: "Domain", tags: tagged("elastic-ip") } } },
  },
  "aws:ec2/eipAssociation:EipAssociation": {
    service: "ec2",
    calls: {
      AssociateAddress: { inputs: { allocationId: "AllocationId", instanceId: "InstanceId" } },
    },
  },
};
