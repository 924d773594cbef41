/** Services as containers of tasks. */
import { describe, expect, it } from "vitest";
import { canonical } from "../../../components/ecs/task/canonical.ts";
import { containerDefinitions } from "../../../components/ecs/task/containers.ts";
import { FARGATE_SIZES, fargateSize, taskSize } from "../../../components/ecs/task/size.ts";
import type { ContainerDefinition } from "../../../components/ecs/task/types.ts";
import { taskVolumes } from "../../../components/ecs/task/volumes.ts";
import type { ServiceArgs } from "../../../components/services/index.ts";
import { identidock } from "../services/example.ts";
import { FACTS, one } from "./facts.ts";

const containers = (args: Partial<ServiceArgs> = {}, facts = FACTS) =>
  containerDefinitions(one(args), facts);
const web = (args: Partial<ServiceArgs> = {}, facts = FACTS) =>
  containers(args, facts).find(({ name }) => name === "web")!;
const helper = (name: string, args: Partial<ServiceArgs> = {}) =>
  containers(args).find((container) => container.name === name);
const secrets = { KEY: "s3cret" };

/** What AWS gives back: its defaults and empty parts filled in, in another order. */
const readBack = (sent: ContainerDefinition[]) =>
  [...sent].reverse().map((container) => ({
    ...Object.fromEntries(Object.entries(container).reverse()),
    ...{ dnsServers: [], extraHosts: [], links: [], dockerLabels: container.dockerLabels ?? {} },
    environment: [...(container.environment ?? [])].reverse(),
    linuxParameters: { devices: [], ...container.linuxParameters },
    startTimeout: null,
  })) as unknown as ContainerDefinition[];

describe("the canonical form", () => {
  const all = identidock.list.map((service) =>
    containerDefinitions(service, {
      ...FACTS,
      secretArns: { SESSION_KEY: "arn:aws:ssm:x" },
    }),
  );
  it("is its own", () => {
    for (const sent of all) expect(JSON.stringify(canonical(sent))).toBe(JSON.stringify(sent));
  });

  it("is that of what AWS gives back", () => {
    for (const sent of all) {
      expect(JSON.stringify(canonical(readBack(sent)))).toBe(JSON.stringify(sent));
    }
  });

  it("fills in what AWS does", () => {
    expect(
      canonical([
        { name: "b", image: "i", portMappings: [{ containerPort: 80 }] },
        {
          name: "a",
          image: "i",
          healthCheck: { command: ["CMD", "true"] },
          mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
        },
      ]),
    ).toEqual([
      {
        ...{ name: "a", image: "i", cpu: 0, environment: [], essential: true, portMappings: [] },
        healthCheck: { command: ["CMD", "true"], interval: 30, timeout: 5, retries: 3 },
        mountPoints: [{ sourceVolume: "v", containerPath: "/v", readOnly: false }],
        ...{ systemControls: [], volumesFrom: [] },
      },
      {
        ...{ name: "b", image: "i", cpu: 0, environment: [], essential: true, mountPoints: [] },
        portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
        ...{ systemControls: [], volumesFrom: [] },
      },
    ]);
  });
});

describe("a service's container", () => {
  it("is as the definition has it", () => {
    expect(web()).toEqual({
      name: "web",
      image: FACTS.image,
      ...{ cpu: 0, memory: 256, essential: true, stopTimeout: 10, readonlyRootFilesystem: true },
      environment: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
      portMappings: [
        { name: "web", containerPort: 8080, hostPort: 8080, protocol: "tcp", appProtocol: "http" },
      ],
      linuxParameters: {
        initProcessEnabled: true,
        capabilities: { drop: ["ALL"] },
        tmpfs: [{ containerPath: "/tmp", size: 64, mountOptions: ["mode=1777"] }],
      },
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": "/longshore/shop/prod/web",
          "awslogs-region": "eu-central-1",
          "awslogs-stream-prefix": "web",
          ...{ mode: "non-blocking", "max-buffer-size": "25m" },
        },
      },
      ...{ mountPoints: [], systemControls: [], volumesFrom: [] },
    });
  });

  it.each([
    [{ cpus: 0.5 }, { cpu: 512 }],
    [
      { command: ["a"], entrypoint: ["b"] },
      { command: ["a"], entryPoint: ["b"] },
    ],
    [{ user: "1000:1001" }, { user: "1000:1001" }],
    [{ readOnlyRoot: false }, { readonlyRootFilesystem: false }],
    [{ stopGrace: 60 }, { stopTimeout: 60 }],
    [{ labels: { team: "a" } }, { dockerLabels: { team: "a" } }],
    [{ ulimits: { nofile: 9 } }, { ulimits: [{ name: "nofile", softLimit: 9, hardLimit: 9 }] }],
    [
      { sysctls: { "net.core.somaxconn": "9" } },
      { systemControls: [{ namespace: "net.core.somaxconn", value: "9" }] },
    ],
    [
      { volume: { name: "data", at: "/data" } },
      { mountPoints: [{ sourceVolume: "data", containerPath: "/data", readOnly: false }] },
    ],
    [
      { secrets: { KEY: { value: "s3cret", as: "env" as const } } },
      { secrets: [{ name: "KEY", valueFrom: FACTS.secretArns.KEY }] },
    ],
    [
      { healthCheck: { command: ["ok"], interval: 7, timeout: 3 } },
      {
        healthCheck: {
          command: ["CMD", "ok"],
          interval: 7,
          timeout: 3,
          retries: 3,
          startPeriod: 60,
        },
      },
    ],
    [
      { deadline: 340, healthCheck: { command: ["ok"] } },
      {
        healthCheck: {
          command: ["CMD", "ok"],
          interval: 5,
          timeout: 2,
          retries: 8,
          startPeriod: 300,
        },
      },
    ],
  ])("turns %j into its part", (args: Partial<ServiceArgs>, part) => {
    expect(web(args)).toMatchObject(part);
  });

  it("is restrained and has shared memory on instances alone", () => {
    const ec2 = web({ shmSize: 128, init: false }, { ...FACTS, capacity: "ec2" });
    expect(ec2.dockerSecurityOptions).toEqual(["no-new-privileges"]);
    expect(ec2.linuxParameters).toMatchObject({ sharedMemorySize: 128, initProcessEnabled: false });
    expect(web().dockerSecurityOptions).toBeUndefined();
  });

  it("changes with its secrets' fingerprint", () => {
    expect(web({}, { ...FACTS, fingerprint: "abc" }).dockerLabels).toEqual({
      "longshore.secrets": "abc",
    });
  });
});

describe("helpers", () => {
  it("write files of secrets before the service starts", () => {
    expect(web({ secrets }).dependsOn).toEqual([
      { containerName: "secrets", condition: "SUCCESS" },
    ]);
    expect(web({ secrets }).mountPoints).toEqual([
      { sourceVolume: "longshore-secrets", containerPath: "/run/secrets", readOnly: true },
    ]);
    expect(helper("secrets", { secrets, user: "1000" })).toMatchObject({
      essential: false,
      command: ["secrets", "/run/secrets", "1000:1000", "KEY"],
      secrets: [{ name: "LONGSHORE_SECRET_KEY", valueFrom: FACTS.secretArns.KEY }],
      user: "0:0",
    });
    expect(taskVolumes(one({ secrets }), {})).toEqual([{ name: "longshore-secrets" }]);
    expect(helper("secrets")).toBeUndefined();
  });

  it("check what ECS cannot reach, and smoke checks", () => {
    const health = helper("health", {
      ports: { grpc: 50_051 },
      healthCheck: {
        path: "/up",
        status: [200, 204],
        requestHeaders: { host: "a.example" },
        successes: 2,
      },
      smokeChecks: [
        { path: "/x", headers: { "content-type": "image/png" }, startsWith: "\x89PNG" },
      ],
    });
    expect(health?.essential).toBe(true);
    expect(health?.healthCheck).toEqual({
      command: [
        ...["CMD", "check", "--successes", "2"],
        ...["--http", "http://127.0.0.1:8080/up", "200,204", "2", "--send", "host: a.example"],
        ...["--tcp", "50051", "2"],
        ...["--smoke", "http://127.0.0.1:8080/x", "200", "10", "--send", "host: web"],
        ...["--expect", "content-type: image/png", "--begins", "iVBORw=="],
      ],
      ...{ interval: 5, timeout: 14, retries: 3, startPeriod: 60 },
    });
  });

  it("need their image", () => {
    const without = { ...FACTS };
    delete without.helperImage;
    expect(() => containers({}, without)).toThrow("the helper image is missing");
  });
});

it("keeps volumes in file systems, by access points and encrypted on the way", () => {
  const service = one({ volume: { name: "data", at: "/data" } });
  expect(taskVolumes(service, FACTS.fileSystems)).toEqual([
    {
      name: "data",
      efsVolumeConfiguration: {
        fileSystemId: "fs-1",
        transitEncryption: "ENABLED",
        authorizationConfig: { accessPointId: "fsap-1", iam: "ENABLED" },
      },
    },
  ]);
});

describe("a task's size", () => {
  it("is one of Fargate's", () => {
    expect(FARGATE_SIZES).toHaveLength(3 + 4 + 7 + 13 + 23 + 12 + 12);
    for (const size of FARGATE_SIZES) expect(fargateSize(size)).toEqual(size);
  });

  it.each([
    [{}, { cpu: "256", memory: "512" }],
    [{ memory: 512 }, { cpu: "256", memory: "1024" }],
    [{ memory: 2000 }, { cpu: "512", memory: "3072" }],
    [
      { cpus: 3, memory: 512 },
      { cpu: "4096", memory: "8192" },
    ],
    [
      { cpus: 16, memory: 512 },
      { cpu: "16384", memory: "32768" },
    ],
  ])("holds %j", (args: Partial<ServiceArgs>, size) => {
    expect(taskSize(one(args), "fargate")).toEqual(size);
  });

  it("is the sum on instances", () => {
    expect(taskSize(one({ cpus: 0.01 }), "ec2")).toEqual({ cpu: "128", memory: "352" });
    expect(() => taskSize(one({ cpus: 17 }), "fargate")).toThrow(RangeError);
  });
});
