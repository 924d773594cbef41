/** The parts of a system on ECS that are pure: names, links, repairs, and what is wrong with its arguments. */
import { describe, expect, it } from "vitest";
import { connectedPorts, edgesOf } from "../../../components/ecs/system/connect.ts";
import { findSystemFaults } from "../../../components/ecs/system/faults.ts";
import { awsName } from "../../../components/ecs/system/names.ts";
import { repairOf, servicesIn } from "../../../components/ecs/system/running.ts";
import type { ScalingArgs } from "../../../components/ecs/system/scaling.ts";
import { app, cache, defineServices, proxy, worker } from "../../../components/services/index.ts";

const image = `registry.example.com/app:1@sha256:${"a".repeat(64)}`;
const services = defineServices({
  proxy: proxy({ routes: [{ to: "app" }] }),
  app: app({ image, port: 9090, links: ["api", "api:grpc", "redis"] }),
  api: worker({ image, port: 8080, linkPort: 80, ports: { grpc: 50051 }, links: ["redis"] }),
  redis: cache({ image, port: 6379 }),
});
const service = (name: string) => {
  const found = services.byName[name];
  if (found === undefined) throw new Error(name);
  return found;
};

describe("names", () => {
  const names = { project: "shop", stack: "prod" };
  it("are the project's, the stack's and the part's", () => {
    expect(awsName(names, "app")).toBe("shop-prod-app");
  });
  it("stay apart where they are cut or have other characters", () => {
    const long = awsName(names, "a".repeat(300), 40);
    expect(long).toHaveLength(40);
    expect(long).not.toBe(awsName(names, `${"a".repeat(299)}b`, 40));
    expect(awsName({ project: "my.shop", stack: "prod" }, "app")).toMatch(
      /^my-shop-prod-app-[0-9a-f]{8}$/,
    );
    expect(awsName({ project: "my.shop", stack: "prod" }, "app")).not.toBe(
      awsName({ project: "my_shop", stack: "prod" }, "app"),
    );
  });
});

describe("links", () => {
  it("lead to the name and port that the definition gives", () => {
    expect(connectedPorts(services, service("api"))).toEqual([
      { portName: "api", dnsName: "api", port: 80, containerPort: 8080 },
      { portName: "api-grpc", dnsName: "api", port: 50051, containerPort: 50051 },
    ]);
    expect(connectedPorts(services, service("app"))).toEqual([]);
  });
  it("open the container's own port to who calls", () => {
    const edges = edgesOf(services).map(
      ({ from, to, containerPort }) => `${from} ${to} ${containerPort}`,
    );
    expect(edges.sort()).toEqual([
      "api redis 6379",
      "app api 50051",
      "app api 8080",
      "app redis 6379",
    ]);
  });
});

describe("repairs", () => {
  const known = {
    name: "a",
    cluster: "c",
    taskDefinition: "arn:x:task-definition/a:7",
    repair: "",
  };
  it("leave alone what runs as it should, and what is gone", () => {
    expect(repairOf(known, known.taskDefinition)).toBe("");
    expect(repairOf({ ...known, repair: "r #1" }, known.taskDefinition)).toBe("r #1");
    expect(repairOf(known, undefined)).toBe("");
  });
  it("change once for each update that finds another revision", () => {
    const first = repairOf(known, "arn:x:task-definition/a:6");
    expect(first).toBe("a:6 ran in place of a:7 #1");
    expect(repairOf({ ...known, repair: first }, "arn:x:task-definition/a:6")).toBe(
      "a:6 ran in place of a:7 #2",
    );
  });
  it("are of the services in a state", () => {
    const outputs = { name: "a", cluster: "c", taskDefinition: "t", triggers: { repair: "r" } };
    expect(
      servicesIn({
        one: { type: "aws:ecs/service:Service", outputs },
        two: { type: "aws:ecs/cluster:Cluster", outputs: { name: "c" } },
        three: { type: "aws:ecs/service:Service", outputs: { name: "b" } },
      }),
    ).toEqual([{ name: "a", cluster: "c", taskDefinition: "t", repair: "r" }]);
  });
});

describe("arguments", () => {
  const fine: ScalingArgs = { min: 1, max: 4, cpu: 60 };
  it.each<[string, Record<string, ScalingArgs>]>([
    ["`scaling.web` is no service", { web: fine }],
    ["`min` and `max` must be whole numbers", { app: { ...fine, min: 0 } }],
    ["`min` and `max` must be whole numbers", { app: { ...fine, max: 1.5 } }],
    ["`min` must be at most `max`", { app: { ...fine, min: 5 } }],
    ["has no measure", { app: { min: 1, max: 2 } }],
    ["`cpu` must be percent", { app: { ...fine, cpu: 0 } }],
    ["`memory` must be percent", { app: { ...fine, memory: 101 } }],
    ["`requests` must be above 0", { app: { ...fine, requests: 0 } }],
    ["no route leads to `api`", { api: { ...fine, requests: 100 } }],
    ["`redis` is released stop-first", { redis: fine }],
  ])("%s", (message, scaling) => {
    const faults = findSystemFaults({ services, scaling });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it.each<[string, Record<string, string>]>([
    ["`elastiCache.web` is no service", { web: "cache.t4g.micro" }],
    ["`api` is no cache", { worker: "", api: "cache.t4g.micro" }],
    ["must be the type of its nodes", { redis: "t4g.micro" }],
  ])("%s", (message, elastiCache) => {
    expect(findSystemFaults({ services, elastiCache }).join("\n")).toContain(message);
  });

  it("a release command, which nothing would run", () => {
    const given = defineServices({
      job: worker({ image, releaseCommand: ["migrate"], healthCheck: { runningFor: 5 } }),
    });
    expect(findSystemFaults({ services: given })).toEqual([
      "`job.releaseCommand` is not run on ECS yet: run it by itself before the update, and remove it",
    ]);
  });

  it("all at once", () => {
    const scaling = { web: fine, app: { min: 3, max: 2, cpu: 0 } };
    expect(findSystemFaults({ services, scaling, elastiCache: { redis: "" } })).toHaveLength(4);
  });

  it("nothing where all is well", () => {
    const scaling = { app: { ...fine, requests: 100 } };
    expect(
      findSystemFaults({ services, scaling, elastiCache: { redis: "cache.t4g.micro" } }),
    ).toEqual([]);
  });
});
