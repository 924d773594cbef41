/** One service of the definition as a service of ECS, and what it alone needs. */
import { Service as EcsService, type ServiceArgs } from "@pulumi/aws/ecs/service.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import * as pulumi from "@pulumi/pulumi";
import type { Service, Services } from "../../services/index.ts";
import type { EcsCluster } from "../cluster/ecs-cluster.ts";
import type { ServiceLog } from "../observe/logs.ts";
import { containerDefinitions } from "../task/containers.ts";
import { helperLogs } from "../task/logs.ts";
import { taskSize } from "../task/size.ts";
import { taskVolumes } from "../task/volumes.ts";
import { connectedPorts } from "./connect.ts";
import { type StackNames, awsName } from "./names.ts";
import { declareRoles } from "./roles.ts";
import { type ScalingArgs, declareScaling } from "./scaling.ts";
import { storeSecrets } from "./secrets.ts";
import { declareStorage } from "./storage.ts";

/** What all services of a system share. */
export interface ServiceContext {
  names: StackNames;
  services: Services;
  cluster: EcsCluster;
  /** The stack's own, see releases/stack-key.ts. */
  key: pulumi.Output<string>;
  helperImage: pulumi.Input<string> | undefined;
  /** What a variable of the environment is instead, by its name: addresses of caches that are no services. */
  elsewhere: Record<string, pulumi.Input<string>>;
  /** The service's. */
  logs: ServiceLog;
  /** The service's security group. */
  groupId: pulumi.Input<string>;
  /** Target groups that send requests to it. */
  targets: {
    containerPort: number;
    arn: pulumi.Output<string>;
    label: pulumi.Output<string>;
  }[];
  /** What must be there first: the rules of the load balancer, services that it calls. */
  after: pulumi.Resource[];
  scaling: ScalingArgs | undefined;
  /** See running.ts. */
  repair: string;
  protectVolumes: boolean;
  architecture: "X86_64" | "ARM64";
  tags: Record<string, string>;
}

/** Minutes that AWS may take to place tasks and pull images, beside what the definition allows. */
const PLACING = 10;

/** A service of ECS, known once it is steady. */
export interface DeclaredService {
  service: EcsService;
  /** ARN, with its revision. */
  taskDefinition: pulumi.Output<string>;
}

export function declareService(
  name: string,
  service: Service,
  context: ServiceContext,
  options: pulumi.CustomResourceOptions,
): DeclaredService {
  const { cluster, names, tags } = context;
  const { network } = cluster;
  const secrets = storeSecrets(name, service, context, options);
  const storage = declareStorage(
    name,
    service,
    {
      ...{ vpcId: network.vpcId, subnetIds: network.taskSubnetIds, tasksGroupId: context.groupId },
      ...{ protect: context.protectVolumes, tags },
    },
    options,
  );
  const roles = declareRoles(
    name,
    service,
    {
      ...context,
      ...{ secrets, storage: storage.access },
      images: [
        service.image.ref,
        ...(context.helperImage === undefined ? [] : [context.helperImage]),
      ],
    },
    options,
  );
  const facts = pulumi.all([
    service.image.ref,
    context.helperImage,
    openEnvironment(service, context.elsewhere),
    secrets.arns,
    context.logs.name,
    context.logs.region,
    storage.volumes,
  ]);
  const definitions = facts.apply(
    ([image, helperImage, environment, secretArns, group, region, fileSystems]) =>
      containerDefinitions(service, {
        ...{ capacity: cluster.capacity, image, environment, secretArns, fileSystems },
        ...(helperImage === undefined ? {} : { helperImage }),
        logs: { group, region },
      }),
  );
  const task = new TaskDefinition(
    `${name}-task`,
    {
      family: awsName(names, service.name),
      networkMode: "awsvpc",
      requiresCompatibilities: [cluster.capacity === "ec2" ? "EC2" : "FARGATE"],
      ...taskSize(service, cluster.capacity),
      executionRoleArn: roles.execution,
      taskRoleArn: roles.task,
      containerDefinitions: pulumi.jsonStringify(definitions),
      volumes: storage.volumes.apply((known) => taskVolumes(service, known)),
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: context.architecture },
      // Revisions that served can be brought back.
      skipDestroy: true,
      tags,
    },
    options,
  );
  const running = new EcsService(name, serviceArgs(service, context, task.arn), {
    ...options,
    dependsOn: [...context.after, ...storage.ready, ...roles.ready],
    customTimeouts: timeouts(service),
    // Whoever scales says how many there are.
    ...(context.scaling === undefined ? {} : { ignoreChanges: ["desiredCount"] }),
  });
  if (context.scaling !== undefined) {
    const target = {
      ...{ clusterName: cluster.name, serviceName: running.name, tags },
      requestLabel: context.targets[0]?.label,
    };
    declareScaling(name, context.scaling, target, options);
  }
  return { service: running, taskDefinition: task.arn };
}

function serviceArgs(
  service: Service,
  context: ServiceContext,
  taskDefinition: pulumi.Output<string>,
): ServiceArgs {
  const { cluster, names, targets, repair, scaling, tags } = context;
  const startFirst = service.releaseOrder === "start-first";
  const { taskSubnetIds: subnets } = cluster.network;
  return {
    name: awsName(names, service.name),
    cluster: cluster.arn,
    taskDefinition,
    desiredCount:
      scaling === undefined ? service.replicas : Math.max(service.replicas, scaling.min),
    capacityProviderStrategies: cluster.capacityProviderStrategies,
    // Without it another strategy could not be set: https://www.pulumi.com/registry/packages/aws/api-docs/ecs/service/
    forceNewDeployment: true,
    networkConfiguration: {
      subnets,
      securityGroups: [context.groupId],
      assignPublicIp: cluster.assignPublicIp,
    },
    deploymentConfiguration: { strategy: "ROLLING" },
    deploymentCircuitBreaker: { enable: true, rollback: true },
    deploymentMinimumHealthyPercent: startFirst ? 100 : 0,
    deploymentMaximumPercent: startFirst ? 200 : 100,
    // AWS refuses it where no task may be added first.
    availabilityZoneRebalancing: startFirst ? "ENABLED" : "DISABLED",
    ...(targets.length === 0
      ? {}
      : {
          loadBalancers: targets.map(({ containerPort, arn }) => ({
            ...{ containerName: service.name, containerPort, targetGroupArn: arn },
          })),
          healthCheckGracePeriodSeconds: service.deadline,
        }),
    ...connect(service, context),
    enableExecuteCommand: cluster.executeCommand,
    enableEcsManagedTags: true,
    propagateTags: "SERVICE",
    // A rolled-back deployment fails the update, and Ctrl-C rolls one back.
    ...{ waitForSteadyState: true, sigintRollback: true },
    ...(repair === "" ? {} : { triggers: { repair } }),
    tags,
  };
}

/** Part in Service Connect: of who is called and of who calls. */
function connect(
  service: Service,
  { services, cluster, logs }: ServiceContext,
): Pick<ServiceArgs, "serviceConnectConfiguration"> {
  const ports = connectedPorts(services, service);
  if (ports.length === 0 && service.links.length === 0) return {};
  return {
    serviceConnectConfiguration: {
      enabled: true,
      namespace: cluster.namespaceArn,
      services: ports.map(({ portName, dnsName, port }) => ({
        ...{ portName, discoveryName: portName, clientAlias: [{ dnsName, port }] },
      })),
      logConfiguration: pulumi
        .all([logs.name, logs.region])
        .apply(([group, region]) => helperLogs({ logs: { group, region } }, "service-connect")),
    },
  };
}

/** Time for old and new tasks to come and go, one after another where they cannot live together. */
function timeouts({ deadline, drain, stopGrace }: Service): pulumi.CustomTimeouts {
  const minutes = PLACING + Math.ceil((2 * deadline + drain + stopGrace) / 60);
  const text = `${minutes}m`;
  return { create: text, update: text, delete: text };
}

/** @throws pulumi.RunError by the output, if a value is a secret: it would be open in the task definition. */
function openEnvironment(
  { name, environment }: Service,
  elsewhere: Record<string, pulumi.Input<string>>,
): pulumi.Output<Record<string, string>> {
  const entries = Object.entries({ ...environment, ...only(elsewhere, environment) });
  const secrecy = entries.map(async ([variable, value]) => ({
    variable,
    isSecret: await pulumi.isSecret(pulumi.output(value)),
  }));
  return pulumi
    .all([pulumi.all(Object.fromEntries(entries)), pulumi.all(secrecy)])
    .apply(([values, marks]) => {
      const secret = marks.filter(({ isSecret }) => isSecret).map(({ variable }) => variable);
      if (secret.length === 0) return values;
      throw new pulumi.RunError(
        `\`${name}.environment\`: the value of ${secret.map((variable) => `\`${variable}\``).join(", ")} is a secret, and a ` +
          `task definition shows its environment to everyone who may read it. Move it to \`${name}.secrets\` with ` +
          '`as: "env"`. Nothing was changed.',
      );
    });
}

/** Those of `values` that are in `wanted`, too. */
function only<T>(values: Record<string, T>, wanted: Record<string, unknown>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in wanted));
}
