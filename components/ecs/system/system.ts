/** A definition's services on a cluster of Amazon ECS. */
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import { announceVersions } from "../../releases/announce.ts";
import { instructed, readInstruction } from "../../releases/instruction.ts";
import { snapshotOf } from "../../releases/snapshot.ts";
import type { ReleaseReport } from "../../releases/types.ts";
import type { Service, Services } from "../../services/index.ts";
import type { EcsCluster } from "../cluster/ecs-cluster.ts";
import type { DomainArgs } from "../entry/certificate.ts";
import { EcsLoadBalancer } from "../entry/load-balancer.ts";
import { EcsLogs } from "../observe/logs.ts";
import { findEcsFaults } from "../rules/index.ts";
import { declareCache } from "./cache.ts";
import { findSystemFaults } from "./faults.ts";
import { declareGroups } from "./groups.ts";
import { type StackNames, awsName } from "./names.ts";
import { Release } from "./release.ts";
import type { ScalingArgs } from "./scaling.ts";
import { type DeclaredService, type ServiceContext, declareService } from "./service.ts";
import { type EcsServing, guardedKey } from "./serving.ts";

export interface EcsSystemArgs {
  /** What to run. */
  services: Services;
  /** Where. */
  cluster: EcsCluster;
  /**
   * Longshore's helper image, built of `helperContext`, by digest: it checks HTTP and TCP, and delivers secrets as files.
   * @default none: a definition that needs it is refused
   */
  helperImage?: pulumi.Input<string>;
  /** A certificate of ACM that is there. @default `domain`'s, or else the proxy's own */
  certificateArn?: pulumi.Input<string>;
  /** Names that lead to the load balancer, see `EcsLoadBalancerArgs`. @default the load balancer's own name */
  domain?: DomainArgs;
  /** Services that have as many replicas as their load asks for. @default {} @example { app: { min: 2, max: 10, cpu: 60 } } */
  scaling?: Record<string, ScalingArgs>;
  /**
   * Caches that ElastiCache runs (Valkey, with a replica), by the type of their nodes. Their data does not move there.
   * @default {}
   * @example { redis: "cache.t4g.micro" }
   */
  elastiCache?: Record<string, string>;
  /** Of the images. @default "X86_64" */
  architecture?: "X86_64" | "ARM64";
  /** Keeps file systems of volumes from being deleted. @default true */
  protectVolumes?: boolean;
  /** Days that logs are kept for. @default 30 */
  logRetention?: number;
  /**
   * What serves now, as `readServing` found it: a preview then names old and new, and what AWS has rolled back is released
   * again.
   * @default nothing is known to serve
   */
  serving?: EcsServing;
}

/**
 * Runs services on a cluster, behind a load balancer where the definition has a proxy. Each is a service of ECS that is
 * released by itself, dependencies first: where one does not get steady, AWS brings its old version back, and the update
 * fails with those that come later as they were.
 * @example `new EcsSystem("shop", { services, cluster, helperImage })`
 * @throws pulumi.RunError if the definition or a property is not valid there: all of them, each with what to do.
 */
export class EcsSystem extends pulumi.ComponentResource {
  /** The page's address; empty without a proxy. */
  public readonly url: pulumi.Output<string>;
  /** What the last release did. */
  public readonly report: pulumi.Output<ReleaseReport>;

  constructor(name: string, args: EcsSystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsSystem", name, {}, opts);
    const { cluster, elastiCache = {}, domain, certificateArn } = args;
    const names = { project: pulumi.getProject(), stack: pulumi.getStack() };
    const instruction = readInstruction();
    const services = instructed(args.services, instruction);
    refuse(`system \`${name}\``, [
      ...findEcsFaults(services, {
        ...{ capacity: cluster.capacity, names, elastiCache: Object.keys(elastiCache) },
        certificate: certificateArn !== undefined || domain !== undefined,
        helperImage: args.helperImage !== undefined,
      }),
      ...findSystemFaults({ ...args, services }),
    ]);
    const { tags } = cluster;
    // Parts of their own add the stack themselves.
    const given = Object.fromEntries(
      Object.entries(tags).filter(([tag]) => tag !== "longshore:stack"),
    );
    const options = { parent: this };
    const release = new Release(`${name}-release`, options);
    const balancer =
      services.proxy === undefined
        ? undefined
        : new EcsLoadBalancer(
            name,
            {
              ...{ network: cluster.network, services, tags: given },
              ...(certificateArn === undefined ? {} : { certificateArn }),
              ...(domain === undefined ? {} : { domain }),
            },
            options,
          );
    const groups = declareGroups(
      name,
      services,
      { vpcId: cluster.network.vpcId, balancer, tags },
      options,
    );
    const tasks = services.list.filter((service) => !(service.name in elastiCache));
    const logs = new EcsLogs(
      name,
      {
        services: tasks.map((service) => service.name),
        retention: args.logRetention ?? 30,
        tags: given,
      },
      options,
    ).groups;
    const snapshot = snapshotOf(services);
    const shared = {
      ...{ names, services, cluster, helperImage: args.helperImage, tags },
      // Nothing is made of a definition that the ledger forbids.
      key: guardedKey(release.key, snapshot, args.serving),
      elsewhere: this.caches(name, services, { ...args, elastiCache }, { names, groups }),
      protectVolumes: args.protectVolumes ?? true,
      architecture: args.architecture ?? "X86_64",
    };
    const running = new Map<string, DeclaredService>();
    for (const service of tasks) {
      const log = logs[service.name];
      if (log === undefined) continue;
      const called = service.links.flatMap((link) => running.get(link.service)?.service ?? []);
      const context: ServiceContext = {
        ...shared,
        logs: log,
        groupId: groups.get(service.name) ?? "",
        targets: targetsOf(service, balancer),
        after: [...called, ...(balancer?.rules ?? []).map(({ rule }) => rule)],
        scaling: args.scaling?.[service.name],
        repair: args.serving?.repairs[awsName(names, service.name)] ?? "",
      };
      running.set(
        service.name,
        declareService(`${name}-${service.name}`, service, context, options),
      );
    }
    const released = [...running].map(([service, { service: at, taskDefinition }]) =>
      pulumi
        .all([at.name, at.region, taskDefinition, services.byName[service]?.image.tag])
        .apply(([called, region, arn, tag = ""]) => ({ service, called, region, arn, tag })),
    );
    this.report = release.run({
      request: pulumi.all([pulumi.all(released), cluster.arn]).apply(([all, arn]) => ({
        ...{ stack: `${names.project}/${names.stack}`, cluster: arn, region: all[0]?.region ?? "" },
        serviceNames: Object.fromEntries(all.map(({ service, called }) => [service, called])),
        services: Object.fromEntries(
          all.map((each) => [each.service, { tag: each.tag, taskDefinition: each.arn }]),
        ),
      })),
      snapshot,
      rollbackTo: instruction?.kind === "rollback" ? instruction.to : undefined,
    });
    const wanted = services.list.map(({ name: service, image, releaseOrder }) => ({
      ...{ name: service, tag: image.tag, gap: releaseOrder === "stop-first" },
    }));
    announceVersions(wanted, args.serving?.tags ?? {}, this);
    this.url = balancer?.url ?? pulumi.output("");
    this.registerOutputs({ url: this.url, report: this.report });
  }

  /** @returns what variables that name a cache are in its place. */
  private caches(
    name: string,
    { list, byName }: Services,
    { cluster, elastiCache }: { cluster: EcsCluster; elastiCache: Record<string, string> },
    { names, groups }: { names: StackNames; groups: Map<string, pulumi.Output<string>> },
  ): Record<string, pulumi.Input<string>> {
    const addresses: Record<string, pulumi.Output<string>> = {};
    for (const [cache, nodeType] of Object.entries(elastiCache)) {
      const service = byName[cache];
      if (service === undefined) continue;
      addresses[cache] = declareCache(
        `${name}-${cache}`,
        service,
        {
          ...{ names, nodeType, tags: cluster.tags, subnetIds: cluster.network.taskSubnetIds },
          groupId: groups.get(cache) ?? "",
        },
        { parent: this },
      );
    }
    return Object.fromEntries(
      list.flatMap(({ links }) =>
        links.flatMap(({ service, hostVariable }) => {
          const address = addresses[service];
          return address === undefined ? [] : [[hostVariable, address] as const];
        }),
      ),
    );
  }
}

function targetsOf(
  service: Service,
  balancer: EcsLoadBalancer | undefined,
): ServiceContext["targets"] {
  if (balancer === undefined) return [];
  return balancer.targets
    .filter((target) => target.service === service.name)
    .map(({ key, containerPort }) => ({
      containerPort,
      arn: balancer.targetGroups[key] ?? pulumi.output(""),
      label: pulumi.interpolate`${balancer.arnSuffix}/${balancer.targetGroupSuffixes[key] ?? ""}`,
    }));
}
