/** Clusters, task definitions and capacity. */
import type { Params } from "../client.ts";
import { type Resource, at, text, without } from "../resource.ts";
import { service } from "./service.ts";

const CLUSTER_PARTS = ["TAGS", "SETTINGS", "CONFIGURATIONS"];

const cluster: Resource = {
  service: "ecs",
  named: 255,
  replace: ["name"],
  names: { name: "clusterName", arn: "clusterArn" },
  create: { operation: "CreateCluster", id: (answer) => text(at(answer, "cluster.clusterArn")) },
  settings: [
    {
      of: ["settings", "configuration", "serviceConnectDefaults"],
      when: "update",
      operation: "UpdateCluster",
      with: "given",
      params: ({ id }) => ({ cluster: id }),
    },
  ],
  read: [
    {
      operation: "DescribeClusters",
      params: ({ id }) => ({ clusters: [id], include: CLUSTER_PARTS }),
      pick: (answer) => {
        const found = at(answer, "clusters.0") as Params | undefined;
        return found?.status === "INACTIVE" ? undefined : found;
      },
    },
  ],
  remove: [{ operation: "DeleteCluster", params: ({ id }) => ({ cluster: id }) }],
};

/** Both are demanded. */
const unasked = (inputs: Params) => ({
  ...(inputs.capacityProviders === undefined && { capacityProviders: [] }),
  ...(inputs.defaultCapacityProviderStrategies === undefined && {
    defaultCapacityProviderStrategy: [],
  }),
});

const clusterCapacityProviders: Resource = {
  service: "ecs",
  replace: ["clusterName"],
  names: {
    clusterName: "cluster",
    defaultCapacityProviderStrategies: "defaultCapacityProviderStrategy",
  },
  create: {
    operation: "PutClusterCapacityProviders",
    add: ({ inputs }) => unasked(inputs),
    id: (_, { inputs }) => text(inputs.clusterName),
  },
  settings: [
    {
      of: ["capacityProviders", "defaultCapacityProviderStrategies"],
      when: "update",
      operation: "PutClusterCapacityProviders",
      with: "given",
      params: ({ id, inputs }) => ({ cluster: id, ...unasked(inputs) }),
    },
  ],
  read: [
    {
      operation: "DescribeClusters",
      params: ({ id }) => ({ clusters: [id] }),
      pick: "clusters.0",
    },
  ],
  outputs: (data) => ({ clusterName: data.clusterName }),
  remove: [
    {
      operation: "PutClusterCapacityProviders",
      params: ({ id }) => ({
        ...{ cluster: id, capacityProviders: [], defaultCapacityProviderStrategy: [] },
      }),
    },
  ],
};

const capacityProvider: Resource = {
  service: "ecs",
  named: 255,
  replace: ["name", "cluster"],
  names: { arn: "capacityProviderArn" },
  create: {
    operation: "CreateCapacityProvider",
    id: (answer) => text(at(answer, "capacityProvider.capacityProviderArn")),
  },
  settings: [
    {
      of: ["autoScalingGroupProvider"],
      when: "update",
      operation: "UpdateCapacityProvider",
      params: ({ inputs }) => {
        const given = inputs.autoScalingGroupProvider as Params;
        const autoScalingGroupProvider = without(given, "autoScalingGroupArn");
        return { name: inputs.name, autoScalingGroupProvider };
      },
    },
  ],
  read: [
    {
      operation: "DescribeCapacityProviders",
      params: ({ id }) => ({ capacityProviders: [id], include: ["TAGS"] }),
      pick: "capacityProviders.0",
    },
  ],
  remove: [{ operation: "DeleteCapacityProvider", params: ({ id }) => ({ capacityProvider: id }) }],
};

const json = (parameter: string) => (value: string) => ({
  [parameter]: JSON.parse(value) as unknown,
});

const taskDefinition: Resource = {
  service: "ecs",
  defaults: { skipDestroy: false, trackLatest: false },
  replace: [
    ...["containerDefinitions", "cpu", "enableFaultInjection", "ephemeralStorage"],
    ...["executionRoleArn", "family", "ipcMode", "memory", "networkMode", "pidMode"],
    ...["placementConstraints", "proxyConfiguration", "requiresCompatibilities"],
    ...["runtimePlatform", "taskRoleArn", "volumes"],
  ],
  names: {
    containerDefinitions: json("containerDefinitions"),
    arn: "taskDefinitionArn",
    "volumes.hostPath": "host.sourcePath",
    "volumes.configureAtLaunch": "configuredAtLaunch",
  },
  json: ["containerDefinitions"],
  kept: ["skipDestroy", "trackLatest"],
  create: {
    operation: "RegisterTaskDefinition",
    id: (answer) => text(at(answer, "taskDefinition.family")),
  },
  read: [
    {
      operation: "DescribeTaskDefinition",
      params: ({ id, state }) => ({ taskDefinition: state.arn ?? id, include: ["TAGS"] }),
      pick: (answer) => {
        const found = answer.taskDefinition as Params | undefined;
        return found?.status === "ACTIVE" ? { tags: answer.tags, ...found } : undefined;
      },
    },
  ],
  outputs: (data) => ({
    containerDefinitions: JSON.stringify(data.containerDefinitions),
    arnWithoutRevision: text(data.taskDefinitionArn).replace(/:\d+$/, ""),
    volumes: ((data.volumes ?? []) as Params[]).map(volume),
  }),
  remove: [
    {
      operation: "DeregisterTaskDefinition",
      params: ({ state }) => (state.skipDestroy === true ? [] : { taskDefinition: state.arn }),
    },
  ],
  tagged: ({ state }) => text(state.arn),
};

/** As the provider's own outputs have it: without what is not set. */
function volume(data: Params): Params {
  const efs = data.efsVolumeConfiguration as Params | undefined;
  const hostPath = at(data, "host.sourcePath");
  return {
    name: data.name,
    ...(hostPath !== undefined && { hostPath }),
    ...(data.configuredAtLaunch !== undefined && { configureAtLaunch: data.configuredAtLaunch }),
    ...(data.dockerVolumeConfiguration !== undefined && {
      dockerVolumeConfiguration: data.dockerVolumeConfiguration,
    }),
    ...(efs !== undefined && { efsVolumeConfiguration: efs }),
  };
}

export const ECS: Record<string, Resource> = {
  "aws:ecs/cluster:Cluster": cluster,
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": clusterCapacityProviders,
  "aws:ecs/capacityProvider:CapacityProvider": capacityProvider,
  "aws:ecs/taskDefinition:TaskDefinition": taskDefinition,
  "aws:ecs/service:Service": service,
};

/** Namespaces of Service Connect. */
export const CLOUD_MAP: Record<string, Resource> = {
  "aws:servicediscovery/httpNamespace:HttpNamespace": {
    service: "servicediscovery",
    replace: ["name", "description"],
    create: {
      operation: "CreateHttpNamespace",
      add: () => ({ CreatorRequestId: `terraform-${Date.now()}` }),
      // Of the operation, until `wait` knows that of the namespace.
      id: ({ OperationId }) => text(OperationId),
    },
    wait: async (call, place, what) => {
      if (what !== "create") return;
      const answer = await call("GetOperation", { OperationId: place.id });
      const status = at(answer, "Operation.Status");
      if (status !== "SUCCESS") throw new Error(`the namespace is ${String(status)}`);
      place.id = text(at(answer, "Operation.Targets.NAMESPACE"));
    },
    read: [{ operation: "GetNamespace", params: ({ id }) => ({ Id: id }), pick: "Namespace" }],
    outputs: (data) => ({ httpName: at(data, "Properties.HttpProperties.HttpName") }),
    remove: [{ operation: "DeleteNamespace", params: ({ id }) => ({ Id: id }) }],
    tagged: ({ state }) => text(state.Arn ?? state.arn),
  },
};
