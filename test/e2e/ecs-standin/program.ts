// A Fargate stack of each resource that the stand-in for AWS's plugin makes real, for its test: run in a project of its own.
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import { Cluster } from "@pulumi/aws/ecs/cluster.js";
import { ClusterCapacityProviders } from "@pulumi/aws/ecs/clusterCapacityProviders.js";
import { Service } from "@pulumi/aws/ecs/service.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import { AccessPoint } from "@pulumi/aws/efs/accessPoint.js";
import { FileSystem } from "@pulumi/aws/efs/fileSystem.js";
import { MountTarget } from "@pulumi/aws/efs/mountTarget.js";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Listener } from "@pulumi/aws/lb/listener.js";
import { ListenerRule } from "@pulumi/aws/lb/listenerRule.js";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { HttpNamespace } from "@pulumi/aws/servicediscovery/httpNamespace.js";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { Parameter } from "@pulumi/aws/ssm/parameter.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";

const { TEST_IMAGE = "app@sha256:1", TEST_SECRET = "first", TEST_MORE = "{}" } = process.env;
const tags = { stack: "test" };
const { names } = getAvailabilityZonesOutput({ state: "available" });
const region = getRegionOutput().region;

const vpc = new Vpc("net", { cidrBlock: "10.60.0.0/16", enableDnsHostnames: true, tags });
const gateway = new InternetGateway("net", { vpcId: vpc.id, tags });
const table = new RouteTable("net", { vpcId: vpc.id, tags });
new Route("out", {
  ...{ routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
});
const subnets = [0, 1].map((at) => {
  const subnet = new Subnet(`net-${at}`, {
    ...{ vpcId: vpc.id, cidrBlock: `10.60.${at}.0/24`, mapPublicIpOnLaunch: true, tags },
    availabilityZone: names.apply((all) => all[at] ?? ""),
  });
  new RouteTableAssociation(`net-${at}`, { subnetId: subnet.id, routeTableId: table.id });
  return subnet;
});
new VpcEndpoint("s3", {
  ...{ vpcId: vpc.id, routeTableIds: [table.id] },
  serviceName: pulumi.interpolate`com.amazonaws.${region}.s3`,
});

const front = new SecurityGroup("front", { vpcId: vpc.id, description: "From everywhere" });
const app = new SecurityGroup("app", { vpcId: vpc.id, description: "From the load balancer" });
new SecurityGroupIngressRule("front", {
  ...{ securityGroupId: front.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp" },
  ...{ fromPort: 80, toPort: 80 },
});
new SecurityGroupIngressRule("app", {
  ...{ securityGroupId: app.id, referencedSecurityGroupId: front.id, ipProtocol: "tcp" },
  ...{ fromPort: 9090, toPort: 9090, description: "app" },
});
new SecurityGroupEgressRule("app", {
  ...{ securityGroupId: app.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
});

const balancer = new LoadBalancer("web", {
  ...{ securityGroups: [front.id], subnets: subnets.map(({ id }) => id) },
  ...{ idleTimeout: 90, dropInvalidHeaderFields: true, tags },
});
const group = new TargetGroup("app", {
  ...{ vpcId: vpc.id, port: 9090, protocol: "HTTP", targetType: "ip", deregistrationDelay: 30 },
  healthCheck: { path: "/health", interval: 5, timeout: 2, healthyThreshold: 2, matcher: "200" },
});
const listener = new Listener("http", {
  ...{ loadBalancerArn: balancer.arn, port: 80, protocol: "HTTP" },
  defaultActions: [
    {
      type: "fixed-response",
      fixedResponse: { contentType: "text/plain", statusCode: "404", messageBody: "nothing here" },
    },
  ],
});
const rule = new ListenerRule("app", {
  ...{ listenerArn: listener.arn, priority: 10 },
  conditions: [
    { hostHeader: { values: ["shop.example"] } },
    { pathPattern: { values: ["/a", "/a/*"] } },
  ],
  actions: [{ type: "forward", targetGroupArn: group.arn }],
});

const secret = new Parameter("key", {
  ...{ name: "/longshore/test/key", type: "SecureString", value: pulumi.secret(TEST_SECRET) },
});
const logs = new LogGroup("app", { name: "/longshore/test/app", retentionInDays: 30 });
const role = new Role("run", {
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        ...{ Effect: "Allow", Action: "sts:AssumeRole" },
        Principal: { Service: "ecs-tasks.amazonaws.com" },
      },
    ],
  }),
});
new RolePolicy("run", {
  role: role.name,
  policy: pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "ssm:GetParameters", Resource: secret.arn }],
  }),
});

const files = new FileSystem("data", { encrypted: true, tags });
new MountTarget("data", { fileSystemId: files.id, subnetId: subnets[0]?.id ?? "" });
const point = new AccessPoint("data", {
  fileSystemId: files.id,
  posixUser: { uid: 999, gid: 999 },
  rootDirectory: {
    path: "/data",
    creationInfo: { ownerUid: 999, ownerGid: 999, permissions: "0700" },
  },
});

const images = new Repository("app", {
  imageScanningConfiguration: { scanOnPush: true },
  imageTagMutability: "IMMUTABLE",
});
new LifecyclePolicy("app", {
  repository: images.name,
  policy: JSON.stringify({
    rules: [
      {
        ...{ rulePriority: 1, action: { type: "expire" } },
        selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 9 },
      },
    ],
  }),
});

const namespace = new HttpNamespace("links", { name: "links" });
const cluster = new Cluster("main", {
  serviceConnectDefaults: { namespace: namespace.arn },
  settings: [{ name: "containerInsights", value: "enabled" }],
  tags,
});
const capacity = new ClusterCapacityProviders("main", {
  ...{ clusterName: cluster.name, capacityProviders: ["FARGATE", "FARGATE_SPOT"] },
  defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
});
const task = new TaskDefinition("app", {
  ...{ family: "test-app", cpu: "256", memory: "512", networkMode: "awsvpc" },
  ...{ requiresCompatibilities: ["FARGATE"], executionRoleArn: role.arn },
  containerDefinitions: pulumi.jsonStringify([
    {
      ...{ cpu: 0, environment: [], essential: true, image: TEST_IMAGE },
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": logs.name, "awslogs-region": region },
      },
      mountPoints: [{ containerPath: "/data", sourceVolume: "data" }],
      name: "app",
      portMappings: [
        {
          ...{ appProtocol: "http", containerPort: 9090, hostPort: 9090 },
          ...{ name: "http", protocol: "tcp" },
        },
      ],
      secrets: [{ name: "KEY", valueFrom: secret.arn }],
      ...{ stopTimeout: 30, systemControls: [], volumesFrom: [] },
    },
  ]),
  volumes: [
    {
      name: "data",
      efsVolumeConfiguration: {
        ...{ fileSystemId: files.id, transitEncryption: "ENABLED" },
        authorizationConfig: { accessPointId: point.id, iam: "ENABLED" },
      },
    },
  ],
});
export const service = new Service(
  "app",
  {
    ...{ cluster: cluster.arn, taskDefinition: task.arn, desiredCount: 2 },
    ...{ waitForSteadyState: true, healthCheckGracePeriodSeconds: 60 },
    capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
    deploymentCircuitBreaker: { enable: true, rollback: true },
    networkConfiguration: {
      ...{ subnets: subnets.map(({ id }) => id), securityGroups: [app.id], assignPublicIp: true },
    },
    loadBalancers: [{ targetGroupArn: group.arn, containerName: "app", containerPort: 9090 }],
    serviceConnectConfiguration: {
      enabled: true,
      services: [{ portName: "http", clientAlias: [{ port: 9090, dnsName: "app" }] }],
    },
    ...(JSON.parse(TEST_MORE) as object),
  },
  { dependsOn: [rule, capacity] },
).id;

const topic = new Topic("alarms", {});
new MetricAlarm("errors", {
  ...{ comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 2, threshold: 5 },
  ...{ metricName: "HTTPCode_Target_5XX_Count", namespace: "AWS/ApplicationELB" },
  ...{ period: 60, statistic: "Sum", alarmActions: [topic.arn] },
  dimensions: { LoadBalancer: balancer.arnSuffix },
});
