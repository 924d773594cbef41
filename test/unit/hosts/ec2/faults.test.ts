/** What is wrong with arguments is said all at once. */
import { expect, it } from "vitest";
import { findHostFaults, findSiteFaults } from "../../../../components/hosts/ec2/faults.ts";
import { networkOf } from "../../../../components/hosts/ec2/network.ts";
import { makeOneTimeKey } from "../../../../components/hosts/first-contact/run.ts";
import { userData } from "../../../../components/hosts/first-contact/user-data.ts";
import { KEY, REPOSITORY } from "./declare.ts";

it("a site's", () => {
  const good = { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [80] };
  expect(findSiteFaults("web", { ...good, pullFrom: [REPOSITORY] })).toEqual([]);
  expect(findSiteFaults("web", { ...good, subnetId: "subnet-0123456789abcdef0" })).toEqual([
    "`subnetId` and `availabilityZone` are both given: the subnet has a zone already, remove one",
  ]);
  expect(
    findSiteFaults("web", {
      ...{ availabilityZone: "eu", sshFrom: [], ports: [0], portsFrom: "default" },
      ...{ pullFrom: [`${REPOSITORY}*`], tags: { "aws:x": "y" }, vpc: "x" },
    }),
  ).toEqual([
    "`availabilityZone` must be a zone, e.g. `eu-central-1a`",
    "`sshFrom` must name at least one network: the one from which you deploy",
    "`ports.0` must be a whole number from 1 to 65535",
    "`portsFrom` must be a security group's id, e.g. `sg-0123456789abcdef0`",
    "`pullFrom.0` must be the exact ARN of an ECR repository, e.g. `arn:aws:ecr:eu-central-1:123456789012:repository/app`",
    "`tags.aws:x` is not yours to set: leave it out",
    "`vpc` is not a known property: remove it",
  ]);
});

it("a host's", () => {
  const good = { site: {}, instanceType: "t3.small", authorizedKeys: [KEY], data: { size: 50 } };
  expect(findHostFaults(good)).toEqual([]);
  expect(
    findHostFaults({
      ...{ site: {}, instanceType: "t2.micro", ami: "debian", user: "root", authorizedKeys: [] },
      ...{ rootSize: 1, data: { size: 0 }, elasticIp: "yes" },
    }),
  ).toEqual([
    "`instanceType` must be of the Nitro system, e.g. `t3.small`: older ones name their disks otherwise",
    "`ami` must be an image's id, e.g. `ami-0123456789abcdef0`",
    "`user` must be the name of a user, e.g. `deploy`, and not `root`",
    "`authorizedKeys` must hold at least one public key: nobody could log in",
    "`rootSize` must be a whole number from 8 to 65536 (GiB)",
    "`data.size` must be a whole number from 1 to 65536 (GiB)",
    "`elasticIp` must be true or false",
  ]);
  expect(findHostFaults({ ...good, data: { size: 5, iops: 4000, throughput: 1000 } })).toEqual([
    "`data.iops` must be at most 500 for each GiB: 3000",
  ]);
  expect(findHostFaults({ ...good, data: { size: 5, throughput: 1000 } })).toEqual([
    "`data.throughput` must be at most a quarter of `iops`: 750",
  ]);
});

it("a site's name, after which its role and its security group are called", () => {
  const good = { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [80] };
  const problem =
    "its name must have 1 to 51 letters, digits, `.`, `_` and `-`, and not begin with `sg-`";
  for (const name of ["web", "sgroup", "x".repeat(51)])
    expect(findSiteFaults(name, good), name).toEqual([]);
  for (const name of ["", "sg", "sg-web", "SG-web", "web shop", "wéb", "x".repeat(52)])
    expect(findSiteFaults(name, good), name).toEqual([problem]);
});

it("networks and ports that would be there twice, or are written as AWS does not", () => {
  const site = { availabilityZone: "eusc-de-east-1a" };
  const sshFrom = ["203.0.113.7/24", "2001:DB8::1/32", "0.0.0.0/0", "::/0", "203.0.113.7/32"];
  expect(findSiteFaults("web", { ...site, sshFrom, ports: [22, 61080, 443] })).toEqual([
    "`sshFrom.0` must be written as AWS does: `203.0.113.0/24`",
    "`sshFrom.1` must be written as AWS does: `2001:db8::/32`",
    "`ports.0` is open already, to those who need it: leave it out",
    "`ports.1` is open already, to those who need it: leave it out",
  ]);
  expect(networkOf("10.255.255.255/9")).toBe("10.128.0.0/9");
  expect(networkOf("2001:db8:ffff:ffff::1/36")).toBe("2001:db8:f000::/36");
  expect(networkOf("2001:db8:0:0:1:0:0:1/128")).toBe("2001:db8::1:0:0:1/128");
  expect(networkOf("ff::/0")).toBe("::/0");
});

it("tags that IAM would refuse, and too many", () => {
  const site = { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [] };
  const tags = { name: "x", Team: "a & b", team: 1, ["t".repeat(128)]: "", "longshore:stack": "x" };
  const text = "letters, digits, spaces and `_.:/=+-@`";
  expect(findSiteFaults("web", { ...site, tags })).toEqual([
    "`tags.name` is not yours to set: leave it out",
    `\`tags.Team\` must have 0 to 256 ${text}`,
    "`tags.team` is there already, with other capitals",
    `\`tags.team\` must have 0 to 256 ${text}`,
    `\`tags.${"t".repeat(128)}\` has a name that must have 1 to 127 ${text}`,
    "`tags.longshore:stack` is not yours to set: leave it out",
  ]);
  const many = (count: number, kind: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${kind}${at}`, "x"]));
  expect(findSiteFaults("web", { ...site, tags: many(49, "t") })).toEqual([
    "`tags` must be at most 48",
  ]);
  const host = { instanceType: "t3.small", authorizedKeys: [KEY], data: { size: 50 } };
  const shared = { tags: { ...many(40, "t"), "longshore:stack": "shop/prod" } };
  expect(findHostFaults({ ...host, site: shared, tags: many(8, "h") })).toEqual([]);
  expect(findHostFaults({ ...host, site: shared, tags: many(9, "h") })).toEqual([
    "`tags` must be fewer: with the site's and `Name` a machine has at most 50",
  ]);
});

it("more than a policy, or user data, holds", async () => {
  const site = { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [] };
  const repositories = (count: number) =>
    Array.from({ length: count }, (_, at) => `${REPOSITORY}-${at}`);
  expect(findSiteFaults("web", { ...site, pullFrom: repositories(150) })).toEqual([]);
  expect(findSiteFaults("web", { ...site, pullFrom: repositories(170) })).toEqual([
    "`pullFrom` must be shorter: a role's policy has at most 10240 characters. Make another site for some machines",
  ]);
  const host = { site: {}, instanceType: "t3.small", data: { size: 50 } };
  const keys = (count: number) => Array.from({ length: count }, () => `${KEY} ops@shop.example`);
  const fits = (count: number) =>
    findHostFaults({ ...host, authorizedKeys: keys(count) }).length === 0;
  let most = 1;
  while (fits(most + 1)) most++;
  expect(findHostFaults({ ...host, authorizedKeys: keys(most + 1) })).toEqual([
    expect.stringMatching(/^`authorizedKeys` must be fewer or shorter: EC2 takes 16384 bytes/),
  ]);
  // With a key as it is made, what is let through does fit in, and little more would.
  const text = userData({
    ...{ user: "u".repeat(32), authorizedKeys: keys(most), oneTimeKey: await makeOneTimeKey() },
    device: "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0",
  });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16384);
  expect(Buffer.byteLength(text)).toBeGreaterThan(16384 - 600);
});
