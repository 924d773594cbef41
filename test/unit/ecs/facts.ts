/** Facts of a task, and definitions on their way to ECS. */
import {
  type ProxyArgs,
  type ServiceArgs,
  app,
  cache,
  defineServices,
  proxy,
  worker,
} from "../../../components/services/index.ts";
import type { EcsOptions } from "../../../components/ecs/rules/index.ts";
import type { TaskFacts } from "../../../components/ecs/task/types.ts";
import { IMAGE } from "../services/bad/row.ts";

export const OPTIONS: EcsOptions = {
  capacity: "fargate",
  names: { project: "shop", stack: "prod" },
  certificate: false,
  helperImage: true,
  elastiCache: [],
};

export const FACTS: TaskFacts = {
  capacity: "fargate",
  image: "registry.example/web@sha256:1",
  helperImage: "registry.example/helper@sha256:2",
  environment: { B: "2", A: "1" },
  secretArns: {
    KEY: "arn:aws:ssm:eu-central-1:123456789012:parameter/longshore/shop/prod/web/KEY",
  },
  logs: { group: "/longshore/shop/prod/web", region: "eu-central-1" },
  fileSystems: { data: { fileSystemId: "fs-1", accessPointId: "fsap-1" } },
};

export const define = (
  web: Partial<ServiceArgs> = {},
  edge?: Partial<ProxyArgs>,
  others: Record<string, Partial<ServiceArgs>> = {},
) =>
  defineServices({
    web: app({ image: IMAGE, port: 8080, ...web }),
    redis: cache({ image: IMAGE, port: 6379 }),
    ...Object.fromEntries(
      Object.entries(others).map(([name, args]) => [
        name,
        worker({ image: IMAGE, port: 9000, ...args }),
      ]),
    ),
    ...(edge === undefined
      ? {}
      : { edge: proxy({ bind: "0.0.0.0", routes: [{ to: "web" }], ...edge }) }),
  });

export const one = (args: Partial<ServiceArgs> = {}) => define(args).byName.web!;
