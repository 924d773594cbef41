/** A page of CloudWatch with what a system does. */
import { Dashboard } from "@pulumi/aws/cloudwatch/dashboard.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import type { EcsLoadBalancer } from "../entry/load-balancer.ts";
import { plainName } from "../values.ts";
import { dashboardBody } from "./dashboard-body.ts";
import { findDashboardFaults } from "./faults.ts";

export interface EcsDashboardArgs {
  /**
   * 1 to 255 letters, digits, `_` and `-`; one of a name is there in an account and region.
   * @default "PROJECT-STACK"
   */
  dashboardName?: string;
  /** Where the system is. @example "eu-central-1" */
  region: pulumi.Input<string>;
  clusterName: pulumi.Input<string>;
  /** Names in ECS, by the service's name in the definition. */
  services: Record<string, pulumi.Input<string>>;
  /** Whose requests are shown. @default none */
  loadBalancer?: EcsLoadBalancer;
  /** Names of log groups whose last lines are shown, at most 50 of them. @default [] */
  logGroups?: pulumi.Input<string>[];
}

/**
 * Requests, answers and tasks of a system, and what each service uses. CloudWatch has no tags for dashboards.
 * @example `new EcsDashboard("shop", { region, clusterName, services: { web: "shop-web" } })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsDashboard extends pulumi.ComponentResource {
  /** Its name in CloudWatch. */
  public readonly dashboardName: string;

  constructor(name: string, args: EcsDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsDashboard", name, {}, opts);
    refuse(`dashboard \`${name}\``, findDashboardFaults(name, args));
    const { region, clusterName, services, loadBalancer, logGroups = [] } = args;
    this.dashboardName =
      args.dashboardName ?? plainName(`${pulumi.getProject()}-${pulumi.getStack()}`);
    const facts = pulumi.all([
      region,
      clusterName,
      pulumi.all(services),
      pulumi.all(logGroups),
      pulumi.output(loadBalancer?.arnSuffix),
      pulumi.all(loadBalancer?.targetGroupSuffixes ?? {}),
    ]);
    new Dashboard(
      `${name}-dashboard`,
      {
        dashboardName: this.dashboardName,
        dashboardBody: facts.apply(([at, cluster, names, groups, suffix, targetGroups]) =>
          dashboardBody({
            ...{ region: at, clusterName: cluster, services: names, logGroups: groups },
            loadBalancer: suffix === undefined ? undefined : { suffix, targetGroups },
          }),
        ),
      },
      { parent: this },
    );
    this.registerOutputs({ dashboardName: this.dashboardName });
  }
}
