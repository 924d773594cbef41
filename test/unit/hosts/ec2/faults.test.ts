/** What is wrong with arguments is said all at once. */
import { expect, it } from "vitest";
import { findHostFaults, findSiteFaults } from "../../../../components/hosts/ec2/faults.ts";
import { KEY, REPOSITORY } from "./declare.ts";

it("a site's", () => {
  const good = { availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [80] };
  expect(findSiteFaults({ ...good, pullFrom: [REPOSITORY] })).toEqual([]);
  expect(findSiteFaults({ ...good, subnetId: "subnet-0123456789abcdef0" })).toEqual([
    "`subnetId` and `availabilityZone` are both given: the subnet has a zone already, remove one",
  ]);
  expect(
    findSiteFaults({
      ...{ availabilityZone: "eu", sshFrom: [], ports: [0], portsFrom: "default" },
      ...{ pullFrom: [`${REPOSITORY}*`], tags: { "aws:x": "y" }, vpc: "x" },
    }),
  ).toEqual([
    "`availabilityZone` must be a zone, e.g. `eu-central-1a`",
    "`sshFrom` must name at least one network: the one from which you deploy",
    "`ports.0` must be a whole number from 1 to 65535",
    "`portsFrom` must be a security group's id, e.g. `sg-0123456789abcdef0`",
    "`pullFrom.0` must be the exact ARN of an ECR repository, e.g. `arn:aws:ecr:eu-central-1:123456789012:repository/app`",
    expect.stringContaining("`tags.aws:x`"),
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
    "`rootSize` must be a whole number from 8 to 16384 (GiB)",
    "`data.size` must be a whole number from 1 to 16384 (GiB)",
    "`elasticIp` must be true or false",
  ]);
  expect(findHostFaults({ ...good, data: { size: 5, iops: 4000, throughput: 1000 } })).toEqual([
    "`data.iops` must be at most 500 for each GiB: 3000",
  ]);
  expect(findHostFaults({ ...good, data: { size: 5, throughput: 1000 } })).toEqual([
    "`data.throughput` must be at most a quarter of `iops`: 750",
  ]);
});
