/** A site and two machines on EC2 under mocks: all that can be set, and all defaults. */
import { setImmediate } from "node:timers/promises";
import type { Registered } from "../../../support/program.ts";
import { mockPulumi } from "../../../support/program.ts";

export const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
export const REPOSITORY = "arn:aws:ecr:eu-central-1:123456789012:repository/app";

export async function declareAll(): Promise<Registered[]> {
  const registered = await mockPulumi("shop", "prod");
  const { Ec2Host, Ec2Site } = await import("../../../../components/hosts/ec2/index.ts");
  const site = new Ec2Site("web", {
    ...{ availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24", "2001:db8::/32"] },
    ...{ ports: [80, 443], pullFrom: [REPOSITORY], tags: { team: "shop" } },
  });
  new Ec2Host("web-1", {
    site,
    instanceType: "t3.small",
    authorizedKeys: [KEY],
    data: { size: 50 },
  });
  new Ec2Host("web-2", {
    ...{ site, instanceType: "t4g.small", architecture: "arm64", ami: "ami-0aaaaaaaaaaaaaaaa" },
    ...{ user: "ops", authorizedKeys: [KEY], identityFile: "~/.ssh/deploy", rootSize: 20 },
    data: { size: 100, iops: 4000, throughput: 250, protect: true },
    ...{ elasticIp: true, terminationProtection: true, monitoring: true, tags: { role: "db" } },
    firewall: { ports: [80, 443] },
  });
  await untilAll(registered);
  return registered;
}

/** Resources are registered as what they depend on becomes known. */
export async function untilAll(registered: Registered[]): Promise<void> {
  for (let before = -1; before !== registered.length;) {
    before = registered.length;
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  }
}
