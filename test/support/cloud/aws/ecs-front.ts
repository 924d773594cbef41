/**
 * What moto lacks of ECS: fields of services that it drops, what ECS fills in in task definitions, and service
 * deployments. Who carries those out (the stand-in for ECS's scheduler, or a test) tells how each ended.
 */
import { randomBytes } from "node:crypto";
import type { Params } from "./client.ts";
import { at, lastOf, text, without } from "./resource.ts";
import { filledIn, taskFaults } from "./task-definitions.ts";

/** How ECS, or moto, refuses. */
export class EcsRefusal extends Error {
  readonly status: number;
  readonly body: Params;

  constructor(status: number, body: Params) {
    super(text(body.message ?? body.Message ?? body.__type));
    this.status = status;
    this.body = body;
  }
}

const refuse = (type: string, message: string) => new EcsRefusal(400, { __type: type, message });

export interface Deployment {
  serviceDeploymentArn: string;
  serviceArn: string;
  clusterArn: string;
  /** What is to run, and what ran. */
  taskDefinition: string;
  before?: string;
  status:
    | ("PENDING" | "IN_PROGRESS" | "SUCCESSFUL" | "STOPPED")
    | ("STOP_REQUESTED" | "ROLLBACK_IN_PROGRESS" | "ROLLBACK_SUCCESSFUL" | "ROLLBACK_FAILED");
  statusReason?: string;
  createdAt: number;
}

export type Ending = Pick<Deployment, "status" | "statusReason">;
type Moto = (operation: string, params: Params) => Promise<Params>;
type Ask = (params: Params, operation?: string) => Promise<Params>;

/** In no answer of moto's, or with another content. */
const KEPT = [
  ...["availabilityZoneRebalancing", "capacityProviderStrategy", "deploymentConfiguration"],
  ...["enableECSManagedTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds"],
  ...["launchType", "loadBalancers", "networkConfiguration", "placementConstraints"],
  ...["placementStrategy", "platformVersion", "propagateTags", "serviceConnectConfiguration"],
  ...["serviceRegistries", "volumeConfigurations"],
];
/** A change of these starts tasks anew. */
const DEPLOYS = [
  ...["capacityProviderStrategy", "enableExecuteCommand", "loadBalancers", "networkConfiguration"],
  ...["platformVersion", "serviceConnectConfiguration", "serviceRegistries", "taskDefinition"],
];
const DEFAULTS: Params = {
  ...{ enableECSManagedTags: false, enableExecuteCommand: false, propagateTags: "NONE" },
  ...{ availabilityZoneRebalancing: "ENABLED", platformVersion: "LATEST", loadBalancers: [] },
  ...{ placementConstraints: [], placementStrategy: [], serviceRegistries: [] },
};
const ROLLING: Params = {
  ...{ strategy: "ROLLING", bakeTimeInMinutes: 0 },
  ...{ maximumPercent: 200, minimumHealthyPercent: 100 },
  deploymentCircuitBreaker: { enable: false, rollback: false },
};
/** In an answer a part of the deployment, not of the service. */
const OF_DEPLOYMENT = ["serviceConnectConfiguration", "volumeConfigurations"];

export class EcsFront {
  /** By service's ARN: what moto drops of it. */
  readonly #kept = new Map<string, Params>();
  readonly deployments: Deployment[] = [];
  /** How the next deployments end, where nobody carries them out: each takes the first. @default they succeed */
  readonly endings: Ending[] = [];
  /** Carries deployments out, and calls `end` then. @default they end at once */
  scheduler?: { deploy(deployment: Deployment): void; settle?(serviceArn: string): void };
  readonly #moto: Moto;

  constructor(moto: Moto) {
    this.#moto = moto;
  }

  /** @throws {EcsRefusal} */
  async answer(operation: string, params: Params, ask: Ask): Promise<Params> {
    switch (operation) {
      case "RegisterTaskDefinition": {
        const fault = taskFaults(params);
        if (fault !== undefined) throw refuse("ClientException", fault);
        return ask(filledIn(params));
      }
      case "ListClusters": {
        // moto lists those that were deleted, too.
        const { clusterArns: clusters } = await ask(params);
        const found = (await ask({ clusters }, "DescribeClusters")).clusters as Params[];
        const active = found.filter(({ status }) => status !== "INACTIVE");
        return { clusterArns: active.map(({ clusterArn }) => clusterArn) };
      }
      case "CreateService":
        return this.#create(params, ask);
      case "UpdateService":
        return this.#update(params, ask);
      case "DescribeServices": {
        const answer = await ask(params);
        const services = ((answer.services ?? []) as Params[]).map((each) => this.#whole(each));
        return { ...answer, services };
      }
      case "DeleteService": {
        const { service } = await ask(params);
        const arn = text((service as Params).serviceArn);
        this.scheduler?.settle?.(arn);
        return { service: this.#whole(service as Params) };
      }
      case "ListServiceDeployments":
        return { serviceDeployments: await this.#list(params, ask) };
      case "DescribeServiceDeployments": {
        const arns = params.serviceDeploymentArns as string[];
        const found = this.deployments.filter((each) => arns.includes(each.serviceDeploymentArn));
        return { serviceDeployments: found.map(shown), failures: [] };
      }
      case "StopServiceDeployment": {
        const deployment = this.#deployment(text(params.serviceDeploymentArn));
        const status = params.stopType === "ABORT" ? "STOPPED" : "ROLLBACK_SUCCESSFUL";
        await this.end(deployment, { status, statusReason: "Service deployment stopped by user." });
        return { serviceDeploymentArn: deployment.serviceDeploymentArn };
      }
      default:
        return ask(params);
    }
  }

  /** Ends a deployment; one that was rolled back runs what ran before. */
  async end(deployment: Deployment, ending: Ending): Promise<void> {
    const { before, clusterArn, serviceArn } = deployment;
    if (ending.status === "ROLLBACK_SUCCESSFUL" && before !== undefined) {
      const to = { cluster: clusterArn, service: serviceArn, taskDefinition: before };
      await this.#moto("UpdateService", to);
    }
    Object.assign(deployment, ending);
  }

  #deployment(arn: string): Deployment {
    const found = this.deployments.find((each) => each.serviceDeploymentArn === arn);
    if (found === undefined)
      throw refuse("ServiceDeploymentNotFoundException", "The service deployment was not found.");
    return found;
  }

  async #create(params: Params, ask: Ask): Promise<Params> {
    const { service } = await ask(without(params, "clientToken"));
    const created = service as Params;
    const arn = text(created.serviceArn);
    const { deploymentConfiguration, ...kept } = pick(params, KEPT);
    this.#kept.set(arn, {
      ...DEFAULTS,
      ...kept,
      ...(at(params, "loadBalancers.0") !== undefined &&
        kept.healthCheckGracePeriodSeconds === undefined && { healthCheckGracePeriodSeconds: 0 }),
      deploymentConfiguration: { ...ROLLING, ...(deploymentConfiguration as Params) },
    });
    await this.#deploy(created);
    return { service: this.#whole(created) };
  }

  async #update(params: Params, ask: Ask): Promise<Params> {
    const [was] = await this.#services(params, ask);
    const { service } = await ask(params);
    const arn = text((service as Params).serviceArn);
    const kept = this.#kept.get(arn) ?? {};
    const { deploymentConfiguration, ...rest } = pick(params, KEPT);
    const anew =
      params.forceNewDeployment === true ||
      DEPLOYS.some((name) => {
        const old = name === "taskDefinition" ? was?.taskDefinition : kept[name];
        return params[name] !== undefined && JSON.stringify(params[name]) !== JSON.stringify(old);
      });
    Object.assign(kept, rest);
    if (deploymentConfiguration !== undefined)
      kept.deploymentConfiguration = {
        ...(kept.deploymentConfiguration as Params),
        ...(deploymentConfiguration as Params),
      };
    if (anew) await this.#deploy(service as Params, text(was?.taskDefinition));
    else this.scheduler?.settle?.(arn);
    const [now] = await this.#services(params, ask);
    return { service: this.#whole(now ?? (service as Params)) };
  }

  async #services({ cluster, service }: Params, ask: Ask): Promise<Params[]> {
    const of = { services: [service], ...(cluster !== undefined && { cluster }) };
    return (await ask(of, "DescribeServices")).services as Params[];
  }

  async #deploy(
    { serviceArn, clusterArn, taskDefinition }: Params,
    before?: string,
  ): Promise<void> {
    const arn = text(serviceArn);
    const deployment: Deployment = {
      serviceDeploymentArn: `${arn.replace(":service/", ":service-deployment/")}/${randomBytes(10).toString("hex")}`,
      ...{ serviceArn: arn, clusterArn: text(clusterArn), taskDefinition: text(taskDefinition) },
      ...(before !== undefined && { before }),
      ...{ status: "IN_PROGRESS", createdAt: Date.now() / 1000 },
    };
    this.deployments.unshift(deployment);
    if (this.scheduler === undefined)
      await this.end(deployment, this.endings.shift() ?? { status: "SUCCESSFUL" });
    else this.scheduler.deploy(deployment);
  }

  async #list(params: Params, ask: Ask): Promise<Params[]> {
    const [service] = await this.#services(params, ask);
    if (service === undefined)
      throw refuse("ServiceNotFoundException", `Service not found: ${text(params.service)}`);
    const wanted = params.status as string[] | undefined;
    return this.deployments
      .filter((each) => each.serviceArn === service.serviceArn)
      .filter(({ status }) => wanted === undefined || wanted.includes(status))
      .map(shown);
  }

  /** A service as ECS shows it. */
  #whole(service: Params): Params {
    const kept = this.#kept.get(text(service.serviceArn)) ?? {};
    const own = pick(
      kept,
      Object.keys(kept).filter((name) => !OF_DEPLOYMENT.includes(name)),
    );
    const strategy = kept.capacityProviderStrategy as Params[] | undefined;
    const isFargate = strategy?.every(({ capacityProvider }) =>
      /^FARGATE/.test(text(capacityProvider)),
    );
    return {
      ...without(service, "launchType"),
      ...own,
      // Of one or the other there is none.
      ...(strategy === undefined ? { launchType: kept.launchType ?? service.launchType } : {}),
      ...((isFargate || kept.launchType === "FARGATE") && { platformFamily: "Linux" }),
      deployments: ((service.deployments ?? []) as Params[]).map((each) =>
        each.status === "PRIMARY" ? { ...each, ...pick(kept, OF_DEPLOYMENT) } : each,
      ),
    };
  }
}

const shown = (deployment: Deployment): Params => ({
  ...without({ ...deployment }, "before", "taskDefinition"),
  targetServiceRevisionArn: `${deployment.serviceArn.replace(":service/", ":service-revision/")}/${lastOf(deployment.serviceDeploymentArn)}`,
});
const pick = (from: Params, names: string[]): Params =>
  Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  );
