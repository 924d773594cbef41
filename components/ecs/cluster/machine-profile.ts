/** What the agent of ECS on a cluster's machines may do: be part of this cluster, and nothing else. */
import type { Cluster } from "@pulumi/aws/ecs/cluster.js";
import { InstanceProfile } from "@pulumi/aws/iam/instanceProfile.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type * as pulumi from "@pulumi/pulumi";

/** @returns the profile's ARN, known once the machines have their rights. */
export function declareMachineProfile(
  name: string,
  cluster: Cluster,
  tags: Record<string, string>,
  component: pulumi.Resource,
): pulumi.Output<string> {
  const parent = { parent: component };
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "ec2.amazonaws.com" },
      },
    ],
  };
  const role = new Role(
    `${name}-machines`,
    { assumeRolePolicy: JSON.stringify(trust), tags },
    parent,
  );
  const allowed = new RolePolicy(
    `${name}-machines`,
    { role: role.name, policy: cluster.arn.apply(agentPolicy) },
    parent,
  );
  const profile = new InstanceProfile(
    `${name}-machines`,
    { role: role.name, tags },
    { ...parent, dependsOn: [allowed] },
  );
  return profile.arn;
}

/**
 * What the agent does on a machine. Images and logs are the tasks' execution roles' business.
 * @param clusterArn e.g. `arn:aws:ecs:eu-central-1:123456789012:cluster/shop`.
 */
export function agentPolicy(clusterArn: string): string {
  const machines = clusterArn.replace(":cluster/", ":container-instance/");
  const actions = (names: string[]) => names.map((action) => `ecs:${action}`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      // Is for no cluster: it has no other form.
      { Effect: "Allow", Action: "ecs:DiscoverPollEndpoint", Resource: "*" },
      {
        Effect: "Allow",
        Action: actions([
          ...["DeregisterContainerInstance", "RegisterContainerInstance"],
          ...["SubmitAttachmentStateChanges", "SubmitContainerStateChange"],
          "SubmitTaskStateChange",
        ]),
        Resource: clusterArn,
      },
      {
        Effect: "Allow",
        Action: actions(["Poll", "StartTelemetrySession", "UpdateContainerInstancesState"]),
        Resource: `${machines}/*`,
      },
    ],
  });
}
