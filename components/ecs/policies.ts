/** What the roles of a service's tasks may do: nothing but what its definition needs, each by its exact ARN. Pure. */

export interface Statement {
  Effect: "Allow";
  Action: string | string[];
  Resource?: string | string[];
  Principal?: { Service: string };
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: Statement[];
}

/** What the role that starts a service's tasks is for. */
export interface ExecutionNeeds {
  /** ARNs of the service's parameters and secrets. */
  secretArns: readonly string[];
  /** ARN of the service's log group. */
  logGroupArn: string;
  /** Images of the task's containers; those of other registries than ECR need no rights. */
  images: readonly string[];
  /** ARNs of the keys that the secrets are encrypted with. Default: AWS's own for parameters, which needs no rights. */
  keyArns?: readonly string[];
}

/** What a service's tasks themselves are given. */
export interface TaskNeeds {
  /** Whether commands may be run in its containers (ECS Exec). */
  executeCommand: boolean;
  /** What it mounts; undefined: nothing. */
  files?: { fileSystemArn: string; accessPointArns: readonly string[] } | undefined;
}

/** Who may have the roles of tasks: tasks. */
export const tasksTrust: PolicyDocument = policy([
  {
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Principal: { Service: "ecs-tasks.amazonaws.com" },
  },
]);

/**
 * Of the role that starts tasks: pulls their images, reads their secrets, writes their logs.
 * `ecr:GetAuthorizationToken` has no resource ("Actions, resources, and condition keys for Amazon Elastic Container
 * Registry", Service Authorization Reference).
 */
export function executionPolicy(needs: ExecutionNeeds): PolicyDocument {
  const { secretArns, logGroupArn, images, keyArns = [] } = needs;
  const repositories = unique(images.flatMap((image) => repositoryArn(image) ?? []));
  const parameters = unique(secretArns.filter((arn) => serviceOf(arn) === "ssm"));
  const secrets = unique(
    secretArns.filter((arn) => serviceOf(arn) === "secretsmanager").map(whole),
  );
  return policy([
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], [`${logGroupArn.replace(/:\*$/, "")}:*`]),
    ...(repositories.length === 0 ? [] : [allow(["ecr:GetAuthorizationToken"], ["*"])]),
    allow(
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      repositories,
    ),
    allow(["ssm:GetParameters"], parameters),
    allow(["secretsmanager:GetSecretValue"], secrets),
    allow(["kms:Decrypt"], unique(keyArns)),
  ]);
}

/**
 * Of the tasks themselves; undefined if they need nothing. The channels of ECS Exec have no resource ("Actions,
 * resources, and condition keys for Amazon Session Manager Message Gateway Service", Service Authorization Reference).
 */
export function taskPolicy({ executeCommand, files }: TaskNeeds): PolicyDocument | undefined {
  const channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel"];
  const statements = [
    ...(executeCommand
      ? [
          allow(
            [...channels, "OpenDataChannel"].map((name) => `ssmmessages:${name}`),
            ["*"],
          ),
        ]
      : []),
    ...(files === undefined
      ? []
      : [
          {
            ...allow(
              ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
              [files.fileSystemArn],
            ),
            Condition: {
              StringEquals: { "elasticfilesystem:AccessPointArn": [...files.accessPointArns] },
            },
          },
        ]),
  ];
  return statements.length === 0 ? undefined : policy(statements);
}

/**
 * ARN of the repository that an image is in; undefined if that is none of ECR.
 * @example repositoryArn("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/app@sha256:…")
 * // "arn:aws:ecr:eu-central-1:123456789012:repository/shop/app"
 */
export function repositoryArn(image: string): string | undefined {
  const found = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\/([a-z0-9._/-]+)/.exec(
    image,
  );
  if (found === null) return undefined;
  const [, account = "", region = "", china, repository = ""] = found;
  const partition =
    china !== undefined ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}

/** A secret's ARN without the parts that choose one of its values. */
function whole(arn: string): string {
  return arn.split(":").slice(0, 7).join(":");
}

function serviceOf(arn: string): string | undefined {
  return arn.split(":")[2];
}

function policy(statements: Statement[]): PolicyDocument {
  const used = statements.filter(({ Resource }) => Resource === undefined || Resource.length > 0);
  return { Version: "2012-10-17", Statement: used };
}

function allow(Action: string[], Resource: string[]): Statement {
  return { Effect: "Allow", Action, Resource };
}

/** Sorted, each once: a policy that says the same must be the same text. */
function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
