/** Where a stack's images are, in AWS. */
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../../hosts/first-contact/faults.ts";
import { stackTags } from "../values.ts";
import { findRepositoryFaults } from "./faults.ts";
import { lifecyclePolicy } from "./lifecycle.ts";

export interface EcrRepositoryArgs {
  /**
   * Its name in the registry: small letters, digits, `.`, `_`, `-`, and `/` between parts.
   * @default the component's name
   * @example "shop/app"
   */
  repository?: string;
  /** How many images stay, the newest: more than releases that somebody may roll back to. From 10 on. @default 100 */
  keep?: number;
  /**
   * Tags that may be moved to another image: those of build caches. All others stay what they are.
   * @default ["cache*"]
   */
  cacheTags?: string[];
  /** Whether `pulumi destroy` deletes it with the images in it. @default false */
  forceDelete?: boolean;
  /** Beside `Name` and `longshore:stack`: at most 48, of letters, digits, spaces and `_.:/=+-@`. @default {} */
  tags?: Record<string, string>;
}

/**
 * A repository whose images are scanned when they are pushed, and whose tags are not moved.
 * @example `new EcrRepository("app", { repository: "shop/app" })`
 * @throws pulumi.RunError if a property is not valid: all of them, each with what to do.
 */
export class EcrRepository extends pulumi.ComponentResource {
  /** Without scheme and tag, as images are named. */
  public readonly url: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /** In the registry. */
  public readonly repository: string;

  constructor(name: string, args: EcrRepositoryArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("longshore:ecs:EcrRepository", name, {}, opts);
    refuse(`repository \`${name}\``, findRepositoryFaults(name, args));
    const { repository = name, keep = 100, cacheTags = ["cache*"], forceDelete = false } = args;
    const parent = { parent: this };
    const isFixed = cacheTags.length === 0;
    const made = new Repository(
      `${name}-repository`,
      {
        ...{ name: repository, forceDelete },
        imageScanningConfiguration: { scanOnPush: true },
        imageTagMutability: isFixed ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION",
        ...(isFixed
          ? {}
          : {
              imageTagMutabilityExclusionFilters: [...cacheTags]
                .sort()
                .map((filter) => ({ filter, filterType: "WILDCARD" })),
            }),
        encryptionConfigurations: [{ encryptionType: "AES256" }],
        tags: { ...stackTags(args.tags), Name: name },
      },
      parent,
    );
    new LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: made.name, policy: lifecyclePolicy(keep, cacheTags) },
      parent,
    );
    this.repository = repository;
    this.url = made.repositoryUrl;
    this.arn = made.arn;
    this.registerOutputs({ url: this.url });
  }
}
