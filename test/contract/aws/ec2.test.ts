/**
 * Every input of machines on EC2 against AWS's own models: which calls the provider makes of them, and whether AWS takes
 * those. Nothing is sent to AWS.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { findHostFaults, findSiteFaults } from "../../../components/hosts/ec2/faults.ts";
import type { Call } from "../../support/aws-models.ts";
import { KEY } from "../../unit/hosts/ec2/declare.ts";
import { type NamedCall, mapCalls } from "./calls.ts";
import { DOCUMENTED } from "./documented.ts";
import { MAPPINGS } from "./mappings.ts";
import { actionsOf, awsModels, inputsOf } from "./suite.ts";
import { VARIANTS } from "./variants.ts";

const { models, problems, isUnknown } = awsModels();
const seen: NamedCall[] = [];
const mappedInputs = new Set<string>();

describe.each(Object.entries(VARIANTS))("machines with %s", (_name, declare) => {
  it("are calls that AWS takes, with every input in one", async () => {
    const { calls, unmapped, mapped } = mapCalls(await declare());
    expect(unmapped).toEqual([]);
    expect(calls.length).toBeGreaterThan(10);
    expect((await problems(calls)).flat()).toEqual([]);
    seen.push(...calls);
    for (const input of mapped) mappedInputs.add(input);
  });
});

it("the variants make every call, with every input", () => {
  // Where a rule comes from is for those that come in.
  const egress = /EgressRule (fromPort|toPort|referencedSecurityGroupId)$/;
  expect([...mappedInputs].sort()).toEqual(
    inputsOf(MAPPINGS).filter((input) => !egress.test(input)),
  );
  const operations = Object.values(MAPPINGS).flatMap(({ calls }) => Object.keys(calls));
  expect([...new Set(seen.map(({ operation }) => operation))].sort()).toEqual(
    [...new Set(operations)].sort(),
  );
});

describe("policies", () => {
  it("allow operations that the services have", () => {
    const actions = actionsOf(seen);
    expect(actions).toHaveLength(5);
    expect(actions.filter(isUnknown)).toEqual([]);
    expect(["ecr:GetAuthorisationToken"].filter(isUnknown)).toHaveLength(1);
  });
});

describe("what people may say", () => {
  const good = { site: {}, authorizedKeys: [KEY], data: { size: 50 } };

  it("is a zone of every region of AWS", () => {
    const regions = models()
      .regions()
      .filter((region) => !region.endsWith("-global"));
    expect(regions.length).toBeGreaterThan(30);
    const refused = regions.filter((region) => {
      const args = { availabilityZone: `${region}a`, sshFrom: ["203.0.113.0/24"], ports: [80] };
      return findSiteFaults("web", args).length > 0;
    });
    expect(refused).toEqual([]);
  });

  it("is every type of machine but those before the Nitro system", () => {
    const types = models().shape("ec2", "InstanceType").enum ?? [];
    expect(types.length).toBeGreaterThan(900);
    const refused = types.filter(
      (instanceType) => findHostFaults({ ...good, instanceType }).length > 0,
    );
    const families = refused.map((type) => type.split(".")[0]);
    expect([...new Set(families)].sort()).toEqual([
      ...["c1", "c3", "c4", "cc1", "cc2", "cg1", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1"],
      ...["hi1", "hs1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1", "t2"],
      ...["x1", "x1e"],
    ]);
  });
});

describe("documentation", () => {
  it.each(DOCUMENTED)("of $operation $path says: $words", ({ words, said, ...parameter }) => {
    const { operation, path } = said ?? parameter;
    expect(models().documentation("ec2", operation, path)).toContain(words);
  });
});

describe("what AWS would refuse is found", () => {
  const ec2 = (operation: string, params: Record<string, unknown>) => ({
    service: "ec2",
    operation,
    params,
  });
  const iam = (operation: string, params: Record<string, unknown>) => ({
    service: "iam",
    operation,
    params,
  });
  const run = (params: Record<string, unknown>) =>
    ec2("RunInstances", { MinCount: 1, MaxCount: 1, ...params });
  const group = (params: Record<string, unknown>) =>
    ec2("CreateSecurityGroup", { GroupName: "web", Description: "machines", ...params });

  const WRONG: [string, Call, string | RegExp][] = [
    [
      "a value that is not known",
      run({ MetadataOptions: { HttpTokens: "always" } }),
      "RunInstances.MetadataOptions.HttpTokens is not known: always",
    ],
    [
      "a parameter that is not known",
      run({ MetadataOptions: { HttpToken: "required" } }),
      /^RunInstances: Unknown parameter in MetadataOptions: "HttpToken"/,
    ],
    [
      "a parameter that is missing",
      ec2("AttachVolume", { Device: "/dev/sdf", InstanceId: "i-0" }),
      'AttachVolume: Missing required parameter in input: "VolumeId"',
    ],
    [
      "another type",
      ec2("CreateVolume", { Size: "50" }),
      /^CreateVolume: Invalid type for parameter Size, value: 50/,
    ],
    [
      "a description that is too long",
      group({ Description: "x".repeat(256) }),
      "CreateSecurityGroup.Description is not as documented: Up to 255 characters",
    ],
    [
      "characters that a description may not have",
      group({ Description: "machines of <web>" }),
      /^CreateSecurityGroup.Description is not as documented: Valid characters/,
    ],
    [
      "a name that looks like an id",
      group({ GroupName: "sg-web" }),
      /^CreateSecurityGroup.GroupName is not as documented: Can/,
    ],
    [
      "too much user data",
      run({ UserData: Buffer.alloc(16385).toString("base64") }),
      /^RunInstances.UserData is not as documented/,
    ],
    [
      "a filter that is not known",
      ec2("DescribeSubnets", { Filters: [{ Name: "availability_zone", Values: ["x"] }] }),
      /^DescribeSubnets.Filters is not as documented/,
    ],
    [
      "a name with characters that IAM does not take",
      iam("PutRolePolicy", { RoleName: "a role", PolicyName: "pull", PolicyDocument: "{}" }),
      /^PutRolePolicy.RoleName does not match/,
    ],
    [
      "a name that is too long for IAM",
      iam("CreateRole", { RoleName: "r".repeat(65), AssumeRolePolicyDocument: "{}" }),
      "CreateRole.RoleName has 65 characters, and may have 1 to 64",
    ],
    [
      "a number out of range",
      iam("CreateRole", {
        ...{ RoleName: "r", AssumeRolePolicyDocument: "{}", MaxSessionDuration: 43201 },
      }),
      "CreateRole.MaxSessionDuration is 43201, and may have 3600 to 43200",
    ],
    [
      "too many of a list",
      iam("CreateInstanceProfile", {
        InstanceProfileName: "web",
        Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: "v" })),
      }),
      "CreateInstanceProfile.Tags has 51 entries, and may have 0 to 50",
    ],
  ];
  let found: string[][];
  beforeAll(async () => {
    found = await problems(WRONG.map(([, call]) => call));
  });

  it.each(WRONG.map(([what, , words], at) => [what, at, words] as const))("%s", (_, at, words) => {
    expect(found[at]).toEqual([
      typeof words === "string" ? words : (expect.stringMatching(words) as string),
    ]);
  });

  it("an input that is in no call, and a resource without a mapping", () => {
    const inputs = {
      ami: "ami-0",
      metadataOptions: { httpProtocolIpv6: "enabled" },
      hibernation: true,
    };
    const { unmapped } = mapCalls([
      { type: "aws:ec2/instance:Instance", name: "web-1", inputs },
      { type: "aws:s3/bucket:Bucket", name: "data", inputs: {} },
    ]);
    expect(unmapped).toEqual([
      "Instance web-1: `metadataOptions.httpProtocolIpv6` is in no call",
      "Instance web-1: `hibernation` is in no call",
      "Bucket data: is in no mapping",
    ]);
  });
});
