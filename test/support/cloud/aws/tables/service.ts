/** Services of ECS, and how long the provider waits for one. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Params } from "../client.ts";
import { type At, type Call, type Resource, at, lastOf, text } from "../resource.ts";

/** In the call that makes one and in the one that changes it. */
const CHANGEABLE = [
  ...["alarms", "availabilityZoneRebalancing", "capacityProviderStrategies"],
  ...["deploymentCircuitBreaker", "deploymentConfiguration", "deploymentMaximumPercent"],
  ...["deploymentMinimumHealthyPercent", "desiredCount", "enableEcsManagedTags"],
  ...["enableExecuteCommand", "healthCheckGracePeriodSeconds", "loadBalancers"],
  ...["networkConfiguration", "orderedPlacementStrategies", "placementConstraints"],
  ...["platformVersion", "propagateTags", "serviceConnectConfiguration", "serviceRegistries"],
  ...["taskDefinition", "volumeConfiguration", "vpcLatticeConfigurations"],
];

/** Where ECS has them. */
const NAMES = {
  name: "serviceName",
  arn: "serviceArn",
  iamRole: "role",
  alarms: "deploymentConfiguration.alarms",
  deploymentCircuitBreaker: "deploymentConfiguration.deploymentCircuitBreaker",
  deploymentMaximumPercent: "deploymentConfiguration.maximumPercent",
  deploymentMinimumHealthyPercent: "deploymentConfiguration.minimumHealthyPercent",
  enableEcsManagedTags: "enableECSManagedTags",
  networkConfiguration: "networkConfiguration.awsvpcConfiguration",
  orderedPlacementStrategies: "placementStrategy",
  volumeConfiguration: "volumeConfigurations",
  "loadBalancers.elbName": "loadBalancerName",
  "serviceConnectConfiguration.services.clientAlias": "clientAliases",
  "serviceConnectConfiguration.services.tls.issuerCertAuthority": "issuerCertificateAuthority",
};

/** Where there is no deployment's end within this time, the provider gives up. */
const TIMEOUT = 20 * 60_000;
const POLL = 250;

export const service: Resource = {
  service: "ecs",
  named: 255,
  defaults: {
    ...{ deploymentMaximumPercent: 200, deploymentMinimumHealthyPercent: 100 },
    ...{ enableEcsManagedTags: false, enableExecuteCommand: false, forceDelete: false },
    ...{ schedulingStrategy: "REPLICA", sigintRollback: false, waitForSteadyState: false },
  },
  replace: ["cluster", "iamRole", "launchType", "name", "schedulingStrategy"],
  // A forced deployment alone moves what is there to other capacity.
  replaceAlso: ({ capacityProviderStrategies: old }, wanted) => {
    const { capacityProviderStrategies: strategies, forceNewDeployment } = wanted;
    const isMoved = forceNewDeployment === true && hasAny(old) === hasAny(strategies);
    return isMoved ? [] : ["capacityProviderStrategies"];
  },
  names: NAMES,
  kept: ["forceDelete", "forceNewDeployment", "sigintRollback", "triggers", "waitForSteadyState"],
  create: {
    operation: "CreateService",
    add: ({ inputs }) => ({
      clientToken: `terraform-${Date.now()}`,
      ...(inputs.desiredCount === undefined && { desiredCount: 0 }),
    }),
    id: (answer) => text(at(answer, "service.serviceArn")),
  },
  settings: [
    {
      of: [...CHANGEABLE, "forceNewDeployment", "triggers"],
      when: "update",
      with: "changed",
      operation: "UpdateService",
      params: ({ id, inputs }) => ({
        ...{ cluster: inputs.cluster, service: id },
        forceNewDeployment: inputs.forceNewDeployment ?? false,
      }),
    },
  ],
  read: [
    {
      operation: "DescribeServices",
      params: ({ id, inputs, state }) => ({
        ...{ cluster: inputs.cluster ?? state.cluster, services: [id], include: ["TAGS"] },
      }),
      pick: (answer) => {
        const found = at(answer, "services.0") as Params | undefined;
        if (found?.status === "INACTIVE") return undefined;
        const primary = ((found?.deployments ?? []) as Params[]).find(
          ({ status }) => status === "PRIMARY",
        );
        const of = (name: string) =>
          primary?.[name] === undefined ? {} : { [name]: primary[name] };
        return (
          found && { ...of("serviceConnectConfiguration"), ...of("volumeConfigurations"), ...found }
        );
      },
    },
  ],
  outputs: (data, { inputs, state }) => ({
    // In the form that it was given in.
    cluster: inForm(inputs.cluster ?? state.cluster, data.clusterArn),
    taskDefinition: inForm(inputs.taskDefinition ?? state.taskDefinition, data.taskDefinition),
    triggers: inputs.triggers ?? {},
  }),
  remove: [
    {
      operation: "UpdateService",
      params: ({ id, state }) => ({ cluster: state.cluster, service: id, desiredCount: 0 }),
    },
    {
      operation: "DeleteService",
      params: ({ id, state }) => ({
        ...{ cluster: state.cluster, service: id },
        ...(state.forceDelete === true && { force: true }),
      }),
    },
  ],
  wait: async (call, place, what) => {
    if (what !== "remove" && place.inputs.waitForSteadyState === true) await stable(call, place);
  },
};

function inForm(given: unknown, arn: unknown): unknown {
  return text(given).startsWith("arn:") ? arn : lastOf(arn);
}

/**
 * Follows the deployment that the last call began, until it has ended.
 * @throws if it was stopped or rolled back, with ECS's reason.
 */
async function stable(call: Call, { id, inputs }: At): Promise<void> {
  const of = { cluster: inputs.cluster, service: id };
  const end = Date.now() + TIMEOUT;
  const listed = await call("ListServiceDeployments", of);
  const arn = text(at(listed, "serviceDeployments.0.serviceDeploymentArn"));
  if (arn === "") throw new Error(`${id} has no deployment`);
  for (;;) {
    const answer = await call("DescribeServiceDeployments", { serviceDeploymentArns: [arn] });
    const { status, statusReason } = (at(answer, "serviceDeployments.0") ?? {}) as Params;
    if (status === "SUCCESSFUL") return;
    if (/^(STOPPED|ROLLBACK_SUCCESSFUL|ROLLBACK_FAILED)$/.test(text(status)))
      throw new Error(`service deployment ${text(status)}: ${text(statusReason)}`);
    if (Date.now() > end) throw new Error(`timeout while waiting for ${id}, last: ${text(status)}`);
    await sleep(POLL);
  }
}

const hasAny = (list: unknown) => Array.isArray(list) && list.length > 0;
