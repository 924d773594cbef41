/** What the roles of tasks may do. */
import { expect, it } from "vitest";
import {
  type PolicyDocument,
  executionPolicy,
  repositoryArn,
  taskPolicy,
  tasksTrust,
} from "../../../components/ecs/policies.ts";

const parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/longshore/shop/prod/web/KEY";
const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf";
const logGroupArn = "arn:aws:logs:eu-central-1:123456789012:log-group:/longshore/shop/prod/web";
const registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const execution = executionPolicy({
  secretArns: [parameter, `${secret}:password::`],
  logGroupArn,
  images: [
    `${registry}/shop/web@sha256:1`,
    `${registry}/shop/web@sha256:2`,
    "registry.example/x@y",
  ],
});
const task = taskPolicy({
  executeCommand: true,
  files: { fileSystemArn: "arn:aws:elasticfilesystem:x", accessPointArns: ["arn:aws:ap"] },
});

/** Actions for which AWS has no resource ("Service Authorization Reference"). */
const WITHOUT_RESOURCE = [
  "ecr:GetAuthorizationToken",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
];
const open = (policy: PolicyDocument | undefined) =>
  (policy?.Statement ?? [])
    .filter(({ Resource }) => [Resource].flat().includes("*"))
    .flatMap(({ Action }) => Action);

it("names a resource for every action that has one", () => {
  expect([...open(execution), ...open(task)].sort()).toEqual(WITHOUT_RESOURCE);
});

it("lets a task start with its own secrets, images and logs, and no others", () => {
  expect(execution.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    [["logs:CreateLogStream", "logs:PutLogEvents"], [`${logGroupArn}:*`]],
    [["ecr:GetAuthorizationToken"], ["*"]],
    [
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      ["arn:aws:ecr:eu-central-1:123456789012:repository/shop/web"],
    ],
    [["ssm:GetParameters"], [parameter]],
    [["secretsmanager:GetSecretValue"], [secret]],
  ]);
});

it("gives nothing for what a service has not", () => {
  const policy = executionPolicy({ secretArns: [], logGroupArn: `${logGroupArn}:*`, images: [] });
  expect(policy.Statement).toHaveLength(1);
  expect(policy.Statement[0]?.Resource).toEqual([`${logGroupArn}:*`]);
  expect(taskPolicy({ executeCommand: false })).toBeUndefined();
});

it("lets a task mount by its access points alone", () => {
  expect(task?.Statement[1]).toEqual({
    Effect: "Allow",
    Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    Resource: ["arn:aws:elasticfilesystem:x"],
    Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": ["arn:aws:ap"] } },
  });
});

it("is for tasks", () => {
  expect(tasksTrust.Statement).toEqual([
    {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
    },
  ]);
});

it.each([
  [`${registry}/a/b:1@sha256:1`, "arn:aws:ecr:eu-central-1:123456789012:repository/a/b"],
  [
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a",
    "arn:aws-cn:ecr:cn-north-1:123456789012:repository/a",
  ],
  ["registry.example/a", undefined],
])("knows the repository of %s", (image, arn) => {
  expect(repositoryArn(image)).toBe(arn);
});
