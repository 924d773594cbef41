/** What AWS makes known of its resources under mocks: ids, names and ARNs in the form that it gives them. */
const REGION = "eu-central-1";
const ACCOUNT = "123456789012";
const HEX = "0123456789abcdef0";

/** What look-ups in AWS find. */
export const AWS_LOOKED_UP: Record<string, object> = {
  "aws:ec2/getSubnet:getSubnet": {
    ...{ id: "subnet-0123456789abcdef0", vpcId: "vpc-0123456789abcdef0" },
    availabilityZone: "eu-central-1a",
  },
  "aws:ec2/getAmi:getAmi": { id: "ami-0123456789abcdef0" },
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    names: ["eu-central-1c", "eu-central-1a", "eu-central-1b"],
  },
  "aws:ssm/getParameter:getParameter": { insecureValue: "ami-0fedcba9876543210" },
};

/** Beginnings of ids, by type. */
const PREFIXES: Record<string, string> = {
  "aws:ebs/volume:Volume": "vol",
  "aws:ec2/instance:Instance": "i",
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/launchTemplate:LaunchTemplate": "lt",
  "aws:ec2/natGateway:NatGateway": "nat",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/vpc:Vpc": "vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
  "aws:efs/accessPoint:AccessPoint": "fsap",
  "aws:efs/fileSystem:FileSystem": "fs",
};

/** A resource's id; undefined if it is of no type that has ids of its own form. */
export function awsId(type: string): string | undefined {
  const prefix = PREFIXES[type];
  return prefix === undefined ? undefined : `${prefix}-${HEX}`;
}

const arn = (service: string, resource: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const named = (name: string) => ({ name: `${name}-0000000` });

type Outputs = (name: string, inputs: Record<string, unknown>) => Record<string, unknown>;

/** By type, what is known beside the inputs. */
const OUTPUTS: Record<string, Outputs> = {
  "aws:acm/certificate:Certificate": (_name, { domainName, subjectAlternativeNames: others }) => ({
    arn: arn("acm", "certificate/01234567-89ab-cdef-0123-456789abcdef"),
    domainValidationOptions: [domainName, ...((others as string[] | undefined) ?? [])].map(
      (domain) => ({
        domainName: domain,
        resourceRecordName: `_proof.${String(domain).replace("*.", "")}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: "_0123456789.acm-validations.aws.",
      }),
    ),
  }),
  "aws:autoscaling/group:Group": (name) => ({
    ...named(name),
    arn: arn("autoscaling", `autoScalingGroup:${HEX}:autoScalingGroupName/${name}-0000000`),
  }),
  "aws:cloudwatch/logGroup:LogGroup": (_name, inputs) => ({
    region: REGION,
    arn: arn("logs", `log-group:${String(inputs.name)}`),
  }),
  "aws:ec2/eip:Eip": () => ({ allocationId: "eipalloc-0123456789abcdef0" }),
  "aws:ec2/eipAssociation:EipAssociation": () => ({ publicIp: "203.0.113.9" }),
  "aws:ec2/instance:Instance": () => ({ publicIp: "203.0.113.7", privateIp: "10.0.0.7" }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 3 }),
  "aws:ec2/vpc:Vpc": () => ({ ipv6CidrBlock: "2001:db8:1234:1a00::/56", region: REGION }),
  "aws:ecr/repository:Repository": (_name, inputs) => ({
    arn: arn("ecr", `repository/${String(inputs.name)}`),
    repositoryUrl: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${String(inputs.name)}`,
  }),
  "aws:ecs/capacityProvider:CapacityProvider": named,
  "aws:ecs/cluster:Cluster": (name) => ({
    ...named(name),
    arn: arn("ecs", `cluster/${name}-0000000`),
  }),
  "aws:ecs/service:Service": () => ({ region: REGION }),
  "aws:ecs/taskDefinition:TaskDefinition": (_name, inputs) => ({
    arn: arn("ecs", `task-definition/${String(inputs.family)}:7`),
  }),
  "aws:efs/accessPoint:AccessPoint": () => ({
    arn: arn("elasticfilesystem", `access-point/fsap-${HEX}`),
  }),
  "aws:efs/fileSystem:FileSystem": () => ({
    arn: arn("elasticfilesystem", `file-system/fs-${HEX}`),
  }),
  "aws:elasticache/replicationGroup:ReplicationGroup": (_name, inputs) => ({
    primaryEndpointAddress: `master.${String(inputs.replicationGroupId)}.cache.amazonaws.com`,
  }),
  "aws:iam/instanceProfile:InstanceProfile": (name) => ({
    ...named(name),
    arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${name}-0000000`,
  }),
  "aws:iam/role:Role": (name) => ({
    ...named(name),
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}-0000000`,
  }),
  "aws:lb/listener:Listener": (name) => ({
    arn: arn("elasticloadbalancing", `listener/app/${name}/0123456789abcdef/0123456789abcdef`),
  }),
  "aws:lb/listenerRule:ListenerRule": (name) => ({
    arn: arn("elasticloadbalancing", `listener-rule/app/${name}/0123456789abcdef/0123/4567`),
  }),
  "aws:lb/loadBalancer:LoadBalancer": (name) => ({
    arn: arn("elasticloadbalancing", `loadbalancer/app/${name}-0000000/0123456789abcdef`),
    arnSuffix: `app/${name}-0000000/0123456789abcdef`,
    ...{ dnsName: `${name}.${REGION}.elb.amazonaws.com`, zoneId: "Z215JYRZR1TBD5" },
  }),
  "aws:lb/targetGroup:TargetGroup": (name) => ({
    arn: arn("elasticloadbalancing", `targetgroup/${name}-0000000/0123456789abcdef`),
    arnSuffix: `targetgroup/${name}-0000000/0123456789abcdef`,
  }),
  "aws:route53/record:Record": (_name, inputs) => ({ fqdn: inputs.name }),
  "aws:servicediscovery/httpNamespace:HttpNamespace": () => ({
    arn: arn("servicediscovery", "namespace/ns-0123456789abcdef"),
  }),
  "aws:ssm/parameter:Parameter": (_name, inputs) => ({
    arn: arn("ssm", `parameter${String(inputs.name)}`),
  }),
  "aws:sns/topic:Topic": (name) => ({ arn: arn("sns", `${name}-0000000`) }),
};

/** What a resource of AWS makes known beside its inputs. */
export function awsOutputs(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  return OUTPUTS[type]?.(name, inputs) ?? {};
}
