/** A cluster of Amazon ECS: what tasks run on, and the names by which services find each other. */
import { Cluster } from "@pulumi/aws/ecs/cluster.js";
import { ClusterCapacityProviders } from "@pulumi/aws/ecs/clusterCapacityProviders.js";
import { HttpNamespace } from "@pulumi/aws/servicediscovery/httpNamespace.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import type { EcsNetwork } from "../network/ecs-network.ts";
import { stackTags } from "../values.ts";
import { findClusterFaults } from "./faults.ts";
import { type Machines, declareMachines } from "./machines.ts";

export interface EcsClusterArgs {
  /** Where its tasks run. */
  network: EcsNetwork;
  /**
   * What tasks run on. `fargate-spot` is cheaper, and AWS takes a task back with two minutes' notice. Machines want a
   * network with private subnets.
   * @default "fargate"
   * @example { instanceType: "t3.large", min: 2, max: 6 }
   */
  capacity?: "fargate" | "fargate-spot" | Machines;
  /** With `fargate-spot`, how many tasks of each service run on Fargate itself, which takes none back. @default 0 */
  onDemand?: number;
  /** Whether commands can be run in containers, e.g. by `longshore exec`: tasks get the rights for it. @default false */
  executeCommand?: boolean;
  /** Figures of tasks and containers beside those of services, for which AWS charges. @default "disabled" */
  containerInsights?: "disabled" | "enabled" | "enhanced";
  /** Beside the network's and `Name`: as the network's, and with them at most 50. @default {} */
  tags?: Record<string, string>;
}

/** Part of where a service's tasks go. */
export interface CapacityProviderStrategy {
  /** Its name. */
  capacityProvider: string;
  /** Share of the tasks beyond `base`. */
  weight: number;
  /** Tasks that it gets first. */
  base?: number;
}

/**
 * What services of one or more stacks run on. Its name has 1 to 40 letters, digits and `-`.
 * @example `new EcsCluster("shop", { network })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsCluster extends pulumi.ComponentResource {
  public readonly network: EcsNetwork;
  /** Known once tasks can be placed. */
  public readonly arn: pulumi.Output<string>;
  /** Known once tasks can be placed. */
  public readonly name: pulumi.Output<string>;
  /** What task definitions are for. */
  public readonly capacity: "fargate" | "ec2";
  /** Of every service; never beside a launch type. */
  public readonly capacityProviderStrategies: pulumi.Output<CapacityProviderStrategy[]>;
  /** Whether tasks get public addresses of their own. */
  public readonly assignPublicIp: boolean;
  /** Of the Cloud Map namespace that Service Connect has names in. */
  public readonly namespaceArn: pulumi.Output<string>;
  /** Whether commands can be run in containers. */
  public readonly executeCommand: boolean;
  /** What the tags of everything on it begin with. */
  public readonly tags: Record<string, string>;

  constructor(name: string, args: EcsClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsCluster", name, {}, opts);
    refuse(`cluster \`${name}\``, findClusterFaults(name, args));
    const { network, capacity = "fargate", executeCommand = false, onDemand = 0 } = args;
    const parent = { parent: this };
    this.network = network;
    this.tags = stackTags(network.tags, args.tags);
    this.executeCommand = executeCommand;
    this.capacity = typeof capacity === "string" ? "fargate" : "ec2";
    this.assignPublicIp = network.assignPublicIp;
    const tags = { ...this.tags, Name: name };
    const namespace = new HttpNamespace(
      `${name}-services`,
      { description: `Longshore: services of ${name}`, tags },
      parent,
    );
    this.namespaceArn = namespace.arn;
    const cluster = new Cluster(
      `${name}-cluster`,
      {
        settings: [{ name: "containerInsights", value: args.containerInsights ?? "disabled" }],
        serviceConnectDefaults: { namespace: namespace.arn },
        // What is typed goes to the service's own log, where a service has one.
        ...(executeCommand
          ? { configuration: { executeCommandConfiguration: { logging: "DEFAULT" } } }
          : {}),
        tags,
      },
      parent,
    );
    this.capacityProviderStrategies =
      typeof capacity === "string"
        ? pulumi.output(fargate(capacity, onDemand))
        : declareMachines(
            name,
            { network, cluster, machines: capacity, tags: this.tags },
            this,
          ).apply((capacityProvider) => [{ capacityProvider, weight: 1 }]);
    const strategies = this.capacityProviderStrategies;
    const providers = new ClusterCapacityProviders(
      `${name}-capacity`,
      {
        clusterName: cluster.name,
        capacityProviders: strategies.apply((all) =>
          all.map(({ capacityProvider }) => capacityProvider),
        ),
        defaultCapacityProviderStrategies: strategies,
      },
      parent,
    );
    const ready = (value: pulumi.Output<string>) =>
      pulumi.all([value, providers.id]).apply(([known]) => known);
    this.arn = ready(cluster.arn);
    this.name = ready(cluster.name);
    this.registerOutputs({ arn: this.arn, name: this.name });
  }
}

function fargate(
  capacity: "fargate" | "fargate-spot",
  onDemand: number,
): CapacityProviderStrategy[] {
  if (capacity === "fargate") return [{ capacityProvider: "FARGATE", weight: 1 }];
  const spot = { capacityProvider: "FARGATE_SPOT", weight: 1 };
  return onDemand === 0
    ? [spot]
    : [{ capacityProvider: "FARGATE", weight: 0, base: onDemand }, spot];
}
