/** What is wrong with the arguments of the parts of an ECS stack, each with what to do; and all at once. */
import { describe, expect, it } from "vitest";
import { findClusterFaults } from "../../../components/ecs/cluster/faults.ts";
import { findLoadBalancerFaults } from "../../../components/ecs/entry/faults.ts";
import { findNetworkFaults } from "../../../components/ecs/network/faults.ts";
import {
  findAlarmFaults,
  findDashboardFaults,
  findLogFaults,
} from "../../../components/ecs/observe/faults.ts";
import { findRepositoryFaults } from "../../../components/ecs/registry/faults.ts";
import { CERTIFICATE, TOPIC, system } from "./declare.ts";

const SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"];
const existing = { vpcId: "vpc-0123456789abcdef0", publicSubnetIds: SUBNETS };
const network = { taskSubnetIds: [], publicSubnetIds: [], assignPublicIp: false };
const machines = { instanceType: "t3.large", max: 2 };
const watched = { clusterName: "shop", services: { web: "shop-web" } };
const h2c = () => {
  const { proxy, byName, list } = system();
  const web = { ...byName.web, endpoint: { port: 80, protocol: "h2c" }, drain: 4000 };
  const healthCheck = { ...byName.web?.healthCheck, status: [200, 503] };
  return { proxy, list, byName: { ...byName, web: { ...web, healthCheck } } };
};
const domain = { name: "shop.example.com", zoneId: "Z0123456789" };

type Case = [rule: string, args: object, problem: string];
const check = (find: (args: object) => string[], cases: Case[]) => {
  it.each(cases)("%s", (_rule, args, problem) => {
    expect(find(args)).toEqual([problem]);
  });
};

describe("a network's", () => {
  const ZONES =
    "`zones` must be 2, 3, or a list of two or three different zones, e.g. `eu-central-1a` and `eu-central-1b`";
  const RANGE = "`cidr` must be a private network of 16 to 22 bits, e.g. `10.0.0.0/16`";
  check(
    (args) => findNetworkFaults("shop", args),
    [
      ["number of zones", { zones: 1 }, ZONES],
      ["zones, one twice", { zones: ["eu-west-1a", "eu-west-1a"] }, ZONES],
      ["range that is public", { cidr: "203.0.113.0/20" }, RANGE],
      ["range that is none", { cidr: "10.0.0.0" }, RANGE],
      ["range that is too small", { cidr: "10.0.0.0/23" }, RANGE],
      [
        "range by another address",
        { cidr: "10.0.1.0/16" },
        "`cidr` must be written as AWS does: `10.0.0.0/16`",
      ],
      [
        "kind of private subnets",
        { privateSubnets: "vpn" },
        "`privateSubnets` must be none, nat or endpoints",
      ],
      [
        "gateways without NAT",
        { natGateways: "one" },
        '`natGateways` needs `privateSubnets: "nat"`: say it, or leave this out',
      ],
      [
        "endpoints without them",
        { endpoints: ["ecr.api"] },
        '`endpoints` needs `privateSubnets: "endpoints"`: say it, or leave this out',
      ],
      [
        "endpoint that is no name",
        { privateSubnets: "endpoints", endpoints: ["com.amazonaws/s3"] },
        "`endpoints.0` must be the name of a service of AWS, e.g. `ecr.api`",
      ],
      [
        "own range of a VPC that is there",
        { existing, cidr: "10.0.0.0/16" },
        "`cidr` is of a VPC that is made, and `existing` is given: remove one",
      ],
      [
        "VPC that is there",
        { existing: { ...existing, vpcId: "vpc" } },
        "`existing.vpcId` must be a VPC's id, e.g. `vpc-0123456789abcdef0`",
      ],
      [
        "only subnet",
        { existing: { ...existing, publicSubnetIds: SUBNETS.slice(1) } },
        "`existing.publicSubnetIds` must have at least two, of different zones: a load balancer wants them",
      ],
      ["tags", { tags: { Name: "x" } }, "`tags.Name` is not yours to set: leave it out"],
      ["other properties", { vpc: "x" }, "`vpc` is not a known property: remove it"],
    ],
  );
});

describe("a cluster's", () => {
  check(
    (args) => findClusterFaults("shop", { network, ...args }),
    [
      ["network", { network: undefined }, "`network` must be an `EcsNetwork`"],
      [
        "capacity",
        { capacity: "ec2" },
        '`capacity` must be "fargate", "fargate-spot", or machines, e.g. `{ instanceType: "t3.small", max: 4 }`',
      ],
      [
        "type of machine",
        { capacity: { ...machines, instanceType: "large" } },
        "`capacity.instanceType` must be a type, e.g. `t3.small`",
      ],
      [
        "fewest machines",
        { capacity: { ...machines, min: 3 } },
        "`capacity.min` must be at most `max`: 2",
      ],
      [
        "machines' disk",
        { capacity: { ...machines, rootSize: 8 } },
        "`capacity.rootSize` must be a whole number from 30 to 16384 (GiB)",
      ],
      [
        "machines' image",
        { capacity: { ...machines, amiId: "newest" } },
        "`capacity.amiId` must be an image's id, e.g. `ami-0123456789abcdef0`",
      ],
      [
        "machines in public subnets",
        { capacity: machines, network: { ...network, assignPublicIp: true } },
        '`network` must have private subnets, e.g. `privateSubnets: "nat"`: tasks on machines get no public addresses, and would not reach the internet',
      ],
      [
        "machines without endpoints",
        { capacity: machines, network: { ...network, endpoints: ["ecr.api", "ecs"] } },
        "`network` must have `endpoints` for machines too: add `ecs-agent`, `ecs-telemetry`",
      ],
      [
        "tasks on demand",
        { onDemand: 1 },
        '`onDemand` needs `capacity: "fargate-spot"`: say it, or leave this out',
      ],
      [
        "insights",
        { containerInsights: true },
        "`containerInsights` must be disabled, enabled or enhanced",
      ],
    ],
  );
});

describe("a load balancer's", () => {
  check(
    (args) => findLoadBalancerFaults("shop", { network, services: system(), ...args }),
    [
      [
        "services without a proxy",
        { services: { ...system(), proxy: undefined } },
        "`services` must have a proxy, whose routes say what goes where",
      ],
      [
        "certificate",
        { certificateArn: "arn:aws:iam::123456789012:server-certificate/x" },
        "`certificateArn` must be a certificate's ARN, e.g. `arn:aws:acm:eu-central-1:123456789012:certificate/0123…`",
      ],
      [
        "domain",
        { domain: { ...domain, name: "https://shop.example.com" } },
        "`domain.name` must be a host name as DNS has it, e.g. `shop.example.com`",
      ],
      [
        "long domain",
        { domain: { ...domain, name: `${"shop.".repeat(12)}example` } },
        "`domain.name` must have at most 64 characters: give a longer one in `others`",
      ],
      [
        "domain, twice",
        { domain: { ...domain, others: ["shop.example.com"] } },
        "`domain.others.0` is there already: remove it",
      ],
      [
        "zone",
        { domain: { ...domain, zoneId: "example.com" } },
        "`domain.zoneId` must be a hosted zone's id, e.g. `Z0123456789ABCDEFGHIJ`",
      ],
      [
        "policy with an old TLS",
        { tlsPolicy: "ELBSecurityPolicy-TLS13-1-0-2021-06" },
        "`tlsPolicy` must be a policy of AWS with TLS 1.3 and nothing older than 1.2, e.g. `ELBSecurityPolicy-TLS13-1-3-2021-06`",
      ],
      [
        "bucket for logs",
        { accessLogs: { bucket: "s3://logs" } },
        "`accessLogs.bucket` must be a bucket's name",
      ],
      [
        "shifted service without a route",
        { shifted: ["store"] },
        "`shifted.0` must have a route: `store` has none",
      ],
    ],
  );

  it("targets, as far as a load balancer knows them", () => {
    const args = { network, services: h2c() };
    const rest = [
      "`services`: `web.drain` must be at most 3600 seconds: it is 4000",
      "`services`: `web.healthCheck.status` must be from 200 to 499 for a load balancer: it is 503",
    ];
    expect(findLoadBalancerFaults("shop", args)).toEqual([
      "`services`: `web` speaks h2c, which a load balancer takes by HTTPS alone: give a certificate",
      ...rest,
    ]);
    expect(findLoadBalancerFaults("shop", { ...args, certificateArn: CERTIFICATE })).toEqual(rest);
  });
});

describe("a repository's", () => {
  const NAMED =
    "must have 2 to 256 small letters, digits, `.`, `_`, `-`, and `/` between parts, e.g. `shop/app`";
  check(
    (args) => findRepositoryFaults("app", args),
    [
      ["name", { repository: "Shop" }, `\`repository\` ${NAMED}`],
      ["images that stay", { keep: 1 }, "`keep` must be a whole number from 10 to 10000 (images)"],
      [
        "movable tags, all of them",
        { cacheTags: ["*"] },
        "`cacheTags.0` would let every tag be moved: name the beginning of those of caches",
      ],
      [
        "movable tags, too many",
        { cacheTags: ["a", "b", "c", "d", "e", "f"] },
        "`cacheTags` must be at most 5",
      ],
    ],
  );
  it("name that follows from the component's", () => {
    expect(findRepositoryFaults("App", {})).toEqual([
      `\`repository\` is missing, and the component's name is none: it ${NAMED}`,
    ]);
  });
});

describe("logs'", () => {
  check(
    (args) => findLogFaults("shop", "/longshore/shop/prod", args),
    [
      ["services", { services: [] }, "`services` must have at least one service"],
      [
        "retention",
        { services: ["web"], retention: 31 },
        "`retention` must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653",
      ],
    ],
  );
});

describe("alarms'", () => {
  check(
    (args) => findAlarmFaults("shop", { ...watched, ...args }),
    [
      ["nobody", {}, "`topicArn` is missing, and so is `emails`: somebody must be told"],
      [
        "two topics",
        { topicArn: TOPIC, emails: ["ops@example.com"] },
        "`topicArn` and `emails` are both given: subscribe the addresses to the topic, and remove `emails`",
      ],
      ["address", { emails: ["ops"] }, "`emails.0` must be an address, e.g. `ops@example.com`"],
      [
        "threshold",
        { topicArn: TOPIC, thresholds: { cpu: 101 } },
        "`thresholds.cpu` must be a whole number from 1 to 100 (percent)",
      ],
    ],
  );
});

describe("a dashboard's", () => {
  check(
    (args) => findDashboardFaults("shop", { ...watched, region: "eu-central-1", ...args }),
    [
      [
        "name",
        { dashboardName: "a b" },
        "`dashboardName` must have 1 to 255 letters, digits, `_` and `-`",
      ],
      ["region", { region: "Frankfurt" }, "`region` must be a region, e.g. `eu-central-1`"],
    ],
  );
});

it("names of components", () => {
  const problem =
    "its name must have 1 to 40 letters, digits and `-`, begin and end with a letter or digit, and not begin with `sg-` or `internal-`";
  for (const name of ["shop", "s", "sgroup", "x".repeat(40)])
    expect(findNetworkFaults(name, {}), name).toEqual([]);
  for (const name of ["", "-a", "a-", "a_b", "sg-a", "internal-a", "x".repeat(41)])
    expect(findNetworkFaults(name, {}), name).toEqual([problem]);
});

it("all at once", () => {
  expect(findNetworkFaults("sg-", { zones: 4, privateSubnets: "x" })).toHaveLength(3);
});
