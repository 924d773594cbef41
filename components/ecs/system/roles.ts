/** The two roles of a service's tasks: the one that starts them, and the one that they have themselves. */
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../services/index.ts";
import { executionPolicy, taskPolicy, tasksTrust } from "../policies.ts";
import { type StackNames, awsName } from "./names.ts";
import type { StoredSecrets } from "./secrets.ts";
import type { ServiceStorage } from "./storage.ts";

/** Characters of a role's name: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const LONGEST_NAME = 64;

export interface RolesArgs {
  names: StackNames;
  secrets: StoredSecrets;
  storage: ServiceStorage["access"];
  logs: { arn: pulumi.Output<string> };
  /** Of the task's containers. */
  images: pulumi.Input<string>[];
  cluster: { executeCommand: boolean };
  tags: Record<string, string>;
}

export interface ServiceRoles {
  /** ARN. */
  execution: pulumi.Output<string>;
  /** ARN. */
  task: pulumi.Output<string>;
  /** Without these no task starts. */
  ready: pulumi.Resource[];
}

/**
 * The starting role is another one for other secrets, see secrets.ts: what serves keeps its own until it is gone.
 */
export function declareRoles(
  name: string,
  service: Service,
  args: RolesArgs,
  options: pulumi.CustomResourceOptions,
): ServiceRoles {
  const { secrets, storage, logs, cluster, tags } = args;
  const assumeRolePolicy = JSON.stringify(tasksTrust);
  const print = secrets.fingerprint;
  const role = new Role(
    `${name}-start`,
    {
      ...(print === undefined
        ? {}
        : { name: print.apply((text) => startName(args, service, text)) }),
      description: `Longshore: starts tasks of ${service.name}`,
      ...{ assumeRolePolicy, tags },
    },
    options,
  );
  const policy = pulumi
    .all([secrets.arns, logs.arn, pulumi.all(args.images)])
    .apply(([arns, logGroupArn, images]) =>
      JSON.stringify(executionPolicy({ secretArns: Object.values(arns), logGroupArn, images })),
    );
  const start = new RolePolicy(`${name}-start`, { role: role.name, policy }, options);
  const own = new Role(
    `${name}-task`,
    { description: `Longshore: tasks of ${service.name}`, assumeRolePolicy, tags },
    options,
  );
  const { executeCommand } = cluster;
  const files =
    storage === undefined
      ? undefined
      : pulumi.output({
          fileSystemArn: storage.fileSystemArn,
          accessPointArns: pulumi.all(storage.accessPointArns),
        });
  const ready = [start];
  if (executeCommand || files !== undefined) {
    const allowed = pulumi
      .output(files)
      .apply((known) => JSON.stringify(taskPolicy({ executeCommand, files: known })));
    ready.push(new RolePolicy(`${name}-task`, { role: own.name, policy: allowed }, options));
  }
  return { execution: role.arn, task: own.arn, ready };
}

function startName({ names }: RolesArgs, { name }: Service, fingerprint: string): string {
  const suffix = `-${fingerprint}`;
  return `${awsName(names, name, LONGEST_NAME - suffix.length)}${suffix}`;
}
