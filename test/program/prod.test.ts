/** `Pulumi.prod.yaml` through the whole program, under mocks: what is made at AWS, and what runs there. */
import { beforeAll, expect, it, vi } from "vitest";
import {
  type LookUp,
  type Registered,
  SESSION_KEY,
  configureFrom,
  isSecret,
  mockPulumi,
  plain,
  settled,
} from "../support/program.ts";

// Asked in vain where nothing was ever released; tested in test/e2e.
vi.mock("../../components/images/index.ts", async (original) => ({
  ...(await original()),
  registryProblem: () => Promise.resolve(undefined),
}));

let resources: Registered[];
const lookUps: LookUp[] = [];
const find = (name: string, type = "") => {
  const found = resources.filter(
    (entry) => entry.name === name && entry.custom && entry.type.includes(type),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${name}`);
  return only;
};
interface Container {
  name: string;
  image: string;
  essential: boolean;
  environment: { name: string; value: string }[];
  secrets?: { name: string; valueFrom: string }[];
}
const containers = (service: string) =>
  JSON.parse(
    plain(
      find(`identidock-${service}-task`, "TaskDefinition").inputs.containerDefinitions,
    ) as string,
  ) as Container[];

beforeAll(async () => {
  resources = await mockPulumi("identidock", "prod", false, lookUps);
  configureFrom(
    "Pulumi.prod.yaml",
    { domain: { name: "identidock.example.com", zoneId: "Z0123456789ABC" } },
    // Of a working copy, too.
    { registry: "123456789012.dkr.ecr.eu-central-1.amazonaws.com", allowDirty: "true" },
  );
  await import("../../index.ts");
  await settled();
});

it("makes this at AWS, and nothing else", () => {
  const counted = new Map<string, number>();
  for (const { type } of resources.filter((entry) => entry.type.startsWith("aws:"))) {
    const short = type.split(":").at(-1) ?? type;
    counted.set(short, (counted.get(short) ?? 0) + 1);
  }
  expect(Object.fromEntries([...counted].sort())).toMatchInlineSnapshot(`
      {
        "AccessPoint": 1,
        "Certificate": 1,
        "CertificateValidation": 1,
        "Cluster": 1,
        "ClusterCapacityProviders": 1,
        "DefaultSecurityGroup": 1,
        "FileSystem": 1,
        "HttpNamespace": 1,
        "InternetGateway": 1,
        "LifecyclePolicy": 4,
        "Listener": 2,
        "ListenerRule": 1,
        "LoadBalancer": 1,
        "LogGroup": 3,
        "MountTarget": 2,
        "Parameter": 1,
        "Record": 3,
        "Repository": 4,
        "Role": 6,
        "RolePolicy": 4,
        "Route": 2,
        "RouteTable": 1,
        "RouteTableAssociation": 2,
        "SecurityGroup": 5,
        "SecurityGroupEgressRule": 7,
        "SecurityGroupIngressRule": 8,
        "Service": 3,
        "Subnet": 2,
        "TargetGroup": 1,
        "TaskDefinition": 3,
        "Vpc": 1,
        "VpcEndpoint": 1,
      }
    `);
});

it("runs app, dnmonster and redis as the definition says", () => {
  const services = resources
    .filter(({ type }) => type === "aws:ecs/service:Service")
    .map(({ name, inputs, options }) => ({
      name,
      count: inputs.desiredCount,
      after: options.dependsOn
        .filter((each) => each !== name && /^identidock-(app|redis|dnmonster)$/.test(each))
        .sort(),
      fewest: inputs.deploymentMinimumHealthyPercent,
    }));
  expect(services).toEqual([
    { name: "identidock-dnmonster", count: 1, after: [], fewest: 100 },
    { name: "identidock-redis", count: 1, after: [], fewest: 0 },
    {
      name: "identidock-app",
      count: 2,
      after: ["identidock-dnmonster", "identidock-redis"],
      fewest: 100,
    },
  ]);
});

it("links them by the names and ports of the definition", () => {
  const connect = (service: string) =>
    find(`identidock-${service}`, "ecs/service").inputs.serviceConnectConfiguration;
  expect(connect("redis")).toMatchObject({
    services: [{ portName: "redis", clientAlias: [{ dnsName: "redis", port: 6379 }] }],
  });
  expect(connect("app")).toMatchObject({ enabled: true, services: [] });
  const [app] = containers("app").filter(({ name }) => name === "app");
  expect(app?.environment).toEqual(
    expect.arrayContaining([
      { name: "DNMONSTER_HOST", value: "dnmonster" },
      { name: "DNMONSTER_PORT", value: "8080" },
      { name: "REDIS_HOST", value: "redis" },
      { name: "SESSION_KEY_FILE", value: "/run/secrets/SESSION_KEY" },
    ]),
  );
});

it("opens to the world the load balancer alone, at 80 and 443", () => {
  const open = resources
    .filter(({ type }) => type.endsWith(":SecurityGroupIngressRule"))
    .filter(({ inputs }) => inputs.cidrIpv4 !== undefined || inputs.cidrIpv6 !== undefined)
    .map(({ name }) => name);
  expect(open.sort()).toEqual([
    ...["identidock-port-443-v4", "identidock-port-443-v6"],
    ...["identidock-port-80-v4", "identidock-port-80-v6"],
  ]);
});

it("asks AWS for nothing but what a preview may ask", () => {
  expect([...new Set(lookUps.map(({ token }) => token))].sort()).toEqual([
    "aws:index/getAvailabilityZones:getAvailabilityZones",
    "pulumi:pulumi:readStackResourceOutputs",
  ]);
});

it("has the session key nowhere in plaintext", () => {
  for (const { inputs } of resources) {
    const open = JSON.stringify(Object.values(inputs).filter((input) => !isSecret(input)));
    expect(open).not.toContain(SESSION_KEY);
  }
});
