/** The first contact with a cloud's machine as resources: the same for all clouds. */
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../node-program.ts";
import type { SshTarget } from "../../ssh/target.ts";
import type { ContactRequest, Met, OneTimeKey } from "./types.ts";

/** A one-time host key for the machine's user data. It stays in the state, as a secret. */
export function declareOneTimeKey(
  name: string,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<OneTimeKey> {
  const request: pulumi.Output<ContactRequest> = pulumi.output({ step: "key", name } as const);
  const secret = { ...options, additionalSecretOutputs: ["stdout"] };
  return pulumi.secret(
    step(`${name}-one-time-key`, request, secret).apply((text) => JSON.parse(text) as OneTimeKey),
  );
}

export interface ContactArgs {
  /** The cloud's id of the machine. */
  machine: pulumi.Input<string>;
  /** How it is reached, but for its host key. */
  target: pulumi.Input<Omit<SshTarget, "hostKey">>;
  oneTimeKey: pulumi.Output<OneTimeKey>;
  authorizedKeys: string[];
  /** Folders that must be on a volume of their own. */
  mounted: string[];
  /** What must be there before its first boot can end, e.g. the attachment of its volume. */
  dependsOn: pulumi.Resource[];
}

/** @returns how the machine is reached from then on: with a host key that it made itself. */
export function declareContact(
  name: string,
  { machine, target, oneTimeKey, authorizedKeys, mounted, dependsOn }: ContactArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<SshTarget> {
  // The public half is no secret: as one, it would make all that follows one, up to the release's whole request.
  const publicKey = pulumi.unsecret(oneTimeKey.apply(({ publicKey: half }) => half));
  const met = step(
    `${name}-first-contact`,
    pulumi.all([machine, target, publicKey]).apply(([id, to, hostKey]): ContactRequest => ({
      ...{ step: "meet", name, machine: id },
      target: { ...(to as Omit<SshTarget, "hostKey">), hostKey },
    })),
    { ...options, dependsOn },
  ).apply((text) => JSON.parse(text) as Met);
  const pinned = pulumi.all([target, met]).apply(([to, { hostKey }]): SshTarget => ({
    ...(to as Omit<SshTarget, "hostKey">),
    hostKey,
  }));
  const settled = step(
    `${name}-settled`,
    pinned.apply((to): ContactRequest => ({
      ...{ step: "settle", name, target: to, authorizedKeys, mounted },
    })),
    { ...options, dependsOn },
  );
  return pulumi.all([pinned, settled]).apply(([to]) => to);
}

/** A repeated step is told what it printed before: it does not meet a machine twice. */
function step(
  name: string,
  request: pulumi.Output<ContactRequest>,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { stdout } = new command.local.Command(
    name,
    {
      ...nodeProgram("first-contact"),
      stdin: request.apply((known) => JSON.stringify(known)),
      logging: command.local.Logging.Stderr,
      addPreviousOutputInEnv: true,
    },
    options,
  );
  return stdout;
}
