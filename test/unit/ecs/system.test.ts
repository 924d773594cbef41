/** A whole system on ECS under mocks: defaults, machines, and every option; and what stops it before anything is made. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { EcsCluster } from "../../../components/ecs/cluster/ecs-cluster.ts";
import { EcsNetwork } from "../../../components/ecs/network/ecs-network.ts";
import { EcsSystem, type EcsSystemArgs } from "../../../components/ecs/system/system.ts";
import { refuseBadImages } from "../../../components/ecs/system/serving.ts";
import { sealLedger } from "../../../components/releases/codec.ts";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";
import { type Registered, isSecret, plain } from "../../support/program.ts";
import { declared } from "./declare.ts";

const SECRET = "a-value-that-nobody-may-see";
const IMAGE = `registry.example/app@sha256:${"0".repeat(64)}`;
const HELPER = `registry.example/helper@sha256:${"0".repeat(64)}`;

function shop() {
  return defineServices({
    entry: proxy({ routes: [{ path: "/api", to: "api" }, { to: "web" }], bind: "0.0.0.0" }),
    web: app({
      ...{ image: IMAGE, port: 8080, links: ["api", "store"], replicas: 2 },
      healthCheck: { path: "/health" },
      secrets: {
        KEY: pulumi.secret(SECRET),
        TOKEN: { value: pulumi.secret(`${SECRET}-2`), as: "env" },
      },
    }),
    api: worker({ image: IMAGE, port: 8000, healthCheck: { path: "/up" } }),
    store: cache({ image: IMAGE, port: 6379, volume: { name: "data", at: "/data" } }),
  });
}

let number = 0;
async function deploy(
  more: Partial<EcsSystemArgs> = {},
  cluster: Partial<ConstructorParameters<typeof EcsCluster>[1]> = {},
  network: ConstructorParameters<typeof EcsNetwork>[1] = {},
): Promise<{ resources: Registered[]; name: string; report: unknown }> {
  const name = `s${++number}`;
  let system: EcsSystem | undefined;
  const { resources } = await declared(() => {
    const on = new EcsCluster(name, { network: new EcsNetwork(name, network), ...cluster });
    system = new EcsSystem(name, { services: shop(), cluster: on, helperImage: HELPER, ...more });
  });
  return { resources, name, report: system?.report };
}
const of = (resources: Registered[], type: string, name = "") =>
  resources.filter((each) => each.type.endsWith(`:${type}`) && each.name.includes(name));
const one = (resources: Registered[], type: string, name = "") => {
  const found = of(resources, type, name);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} ${type} ${name}`);
  return only.inputs;
};

describe("by default", () => {
  let resources: Registered[];
  let name: string;
  beforeAll(async () => {
    ({ resources, name } = await deploy());
  });

  it("each service is a task on Fargate that AWS rolls back", () => {
    expect(one(resources, "Service", `${name}-web`)).toMatchObject({
      name: "shop-prod-web",
      ...{ desiredCount: 2, waitForSteadyState: true, sigintRollback: true },
      deploymentCircuitBreaker: { enable: true, rollback: true },
      deploymentConfiguration: { strategy: "ROLLING" },
      ...{ deploymentMinimumHealthyPercent: 100, deploymentMaximumPercent: 200 },
      capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
      loadBalancers: [{ containerName: "web", containerPort: 8080 }],
      healthCheckGracePeriodSeconds: 60,
      networkConfiguration: { assignPublicIp: true },
    });
    expect(one(resources, "Service", `${name}-store`)).toMatchObject({
      ...{ deploymentMinimumHealthyPercent: 0, deploymentMaximumPercent: 100 },
      availabilityZoneRebalancing: "DISABLED",
    });
    expect(one(resources, "TaskDefinition", `${name}-web`)).toMatchObject({
      ...{ family: "shop-prod-web", networkMode: "awsvpc", skipDestroy: true },
      ...{ requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512" },
    });
  });

  it("secrets are encrypted parameters that one role reads, each named after its value", () => {
    const parameters = of(resources, "Parameter").map(({ inputs }) => inputs);
    expect(parameters.map((each) => [each.type, isSecret(each.value)])).toEqual([
      ["SecureString", true],
      ["SecureString", true],
    ]);
    const arns = parameters.map(
      (each) => `arn:aws:ssm:eu-central-1:123456789012:parameter${String(each.name)}`,
    );
    for (const arn of arns)
      expect(arn).toMatch(/\/longshore\/shop\/prod\/web\/(KEY|TOKEN)-[0-9a-f]{12}$/);
    const policy = (service: string) =>
      (
        JSON.parse(one(resources, "RolePolicy", `${name}-${service}-start`).policy as string) as {
          Statement: { Action: string[]; Resource: string[] }[];
        }
      ).Statement;
    const reads = (service: string) =>
      policy(service).filter(({ Action }) => Action.includes("ssm:GetParameters"));
    expect(reads("web")).toEqual([
      { Effect: "Allow", Action: ["ssm:GetParameters"], Resource: arns.sort() },
    ]);
    expect(reads("api")).toEqual([]);
    for (const { inputs } of resources) {
      const open = JSON.stringify(Object.values(inputs).filter((input) => !isSecret(input)));
      expect(open).not.toContain(SECRET);
    }
  });

  it("who links reaches the port that it links to, the load balancer its targets, and nobody else", () => {
    const rules = of(resources, "SecurityGroupIngressRule", `${name}-`)
      .map((each) => each.name.replace(`${name}-`, ""))
      .filter((each) => !each.startsWith("port-"));
    expect(rules.sort()).toEqual([
      ...["api-from-balancer-8000", "api-from-web-8000", "store-files-nfs"],
      ...["store-from-web-6379", "web-from-balancer-8080"],
    ]);
  });
});

describe("by choice", () => {
  it("runs on machines, in private subnets, with commands in containers", async () => {
    const { resources, name } = await deploy(
      { architecture: "ARM64" },
      { capacity: { instanceType: "t4g.large", min: 2, max: 4 }, executeCommand: true },
      { privateSubnets: "nat" },
    );
    expect(one(resources, "TaskDefinition", `${name}-api`)).toMatchObject({
      requiresCompatibilities: ["EC2"],
      runtimePlatform: { cpuArchitecture: "ARM64" },
    });
    expect(one(resources, "Service", `${name}-api`)).toMatchObject({
      enableExecuteCommand: true,
      networkConfiguration: { assignPublicIp: false },
    });
    expect(one(resources, "RolePolicy", `${name}-api-task`).policy).toContain("ssmmessages:");
  });

  it("scales by load, and then leaves the count to it", async () => {
    const { resources, name } = await deploy({
      scaling: { web: { min: 3, max: 9, cpu: 60, memory: 70, requests: 500 } },
    });
    expect(one(resources, "Target", `${name}-web`)).toMatchObject({
      ...{ minCapacity: 3, maxCapacity: 9 },
    });
    expect(of(resources, "Policy", `${name}-web-scaling`)).toHaveLength(3);
    expect(one(resources, "Service", `${name}-web`).desiredCount).toBe(3);
    const [service] = of(resources, "Service", `${name}-web`);
    expect(service?.options.ignoreChanges).toEqual(["desiredCount"]);
  });

  it("has a cache of ElastiCache in place of a task, at the address that clients are given", async () => {
    const { resources, name } = await deploy({ elastiCache: { store: "cache.t4g.micro" } });
    expect(of(resources, "Service", `${name}-store`)).toEqual([]);
    expect(of(resources, "FileSystem")).toEqual([]);
    expect(one(resources, "ReplicationGroup")).toMatchObject({
      ...{ engine: "valkey", nodeType: "cache.t4g.micro", port: 6379 },
      ...{ atRestEncryptionEnabled: true, automaticFailoverEnabled: true },
    });
    const definitions = plain(one(resources, "TaskDefinition", `${name}-web`).containerDefinitions);
    expect(definitions).toContain(
      '{"name":"STORE_HOST","value":"master.shop-prod-store.cache.amazonaws.com"}',
    );
  });

  it("releases again what AWS has taken back", async () => {
    const serving = {
      ...{ tags: {}, printed: undefined },
      repairs: { "shop-prod-web": "web:6 ran in place of web:7 #1" },
    };
    const { resources, name } = await deploy({ serving });
    expect(one(resources, "Service", `${name}-web`).triggers).toEqual({
      repair: "web:6 ran in place of web:7 #1",
    });
    expect(one(resources, "Service", `${name}-api`).triggers).toBeUndefined();
  });
});

describe("before anything is made", () => {
  it("all that is wrong is told", async () => {
    await expect(
      deploy({ scaling: { shop: { min: 1, max: 2, cpu: 50 } }, elastiCache: { web: "t3" } }),
    ).rejects.toThrow(/`scaling\.shop` is no service[^]*`web` is no cache/);
  });

  it("an image that a rollback has left is refused, unless it is asked for", () => {
    const key = Buffer.alloc(32, 7).toString("base64url");
    const ref = `r/web@sha256:${"1".repeat(64)}`;
    const bad = [{ service: "web", ref, tag: "v2", release: 2 }];
    const { text } = sealLedger({ version: 2, entries: [], bad }, key);
    const printed = JSON.stringify({ release: 3, ledger: text });
    const wanted = { services: [{ name: "web", image: { ref, tag: "v2" } }] } as never;
    expect(() => refuseBadImages(printed, key, wanted, false)).toThrow(/`web` v2, of release 2/);
    expect(() => refuseBadImages(printed, key, wanted, true)).not.toThrow();
    const other = Buffer.alloc(32, 8).toString("base64url");
    expect(() => refuseBadImages(printed, other, wanted, true)).toThrow(/cannot be decrypted/);
  });
});
