/** Where the output of a stack's services goes. */
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import { stackTags } from "../values.ts";
import { findLogFaults } from "./faults.ts";

export interface EcsLogsArgs {
  /** Services with a log group each, by name. */
  services: string[];
  /** Days for which lines are kept: one of those that CloudWatch knows, e.g. 7, 30, 90 or 365. @default 30 */
  retention?: number;
  /** Key of KMS that lines are encrypted by; its policy lets CloudWatch use it. @default AWS's own */
  kmsKeyArn?: pulumi.Input<string>;
  /** Whether `pulumi destroy` leaves them there. @default false */
  keep?: boolean;
  /** Beside `Name` and `longshore:stack`: at most 48, of letters, digits, spaces and `_.:/=+-@`. @default {} */
  tags?: Record<string, string>;
}

/** A service's log group. */
export interface ServiceLog {
  /** `/longshore/PROJECT/STACK/SERVICE` */
  name: pulumi.Output<string>;
  arn: pulumi.Output<string>;
  region: pulumi.Output<string>;
}

/**
 * Log groups of a stack's services, called `/longshore/PROJECT/STACK/SERVICE`.
 * @example `new EcsLogs("shop", { services: ["web", "worker"] })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcsLogs extends pulumi.ComponentResource {
  /** By the service's name. */
  public readonly groups: Record<string, ServiceLog>;

  constructor(name: string, args: EcsLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcsLogs", name, {}, opts);
    const prefix = `/longshore/${pulumi.getProject()}/${pulumi.getStack()}`;
    refuse(`logs \`${name}\``, findLogFaults(name, prefix, args));
    const { services, retention = 30, kmsKeyArn, keep = false } = args;
    const tags = stackTags(args.tags);
    this.groups = Object.fromEntries(
      services.map((service) => {
        const group = new LogGroup(
          `${name}-${service}`,
          {
            ...{ name: `${prefix}/${service}`, retentionInDays: retention, skipDestroy: keep },
            ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
            tags: { ...tags, Name: `${name}-${service}` },
          },
          { parent: this },
        );
        return [service, { name: group.name, arn: group.arn, region: group.region }];
      }),
    );
    this.registerOutputs();
  }
}
