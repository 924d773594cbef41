/** What the running stack's own state holds: what only its last update knows. */
import * as pulumi from "@pulumi/pulumi";

/** Of each resource in a state, by URN. */
export type StateOutputs = Record<string, { type: string; outputs: Record<string, unknown> }>;

/** Outputs of the stack's resources, as its last update left them; none before the first. */
export async function ownOutputs(): Promise<StateOutputs> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  // A function of Pulumi's engine, with no plugin behind it.
  const found = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { outputs?: StateOutputs };
  return found.outputs ?? {};
}
