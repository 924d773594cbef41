/** Sites and machines on EC2 as people declare them, under mocks: with what they must say, with all, and at the limits. */
import type * as parts from "../../../components/hosts/ec2/index.ts";
import { type LookUp, type Registered, mockPulumi } from "../../support/program.ts";
import { KEY, REPOSITORY, untilAll } from "../../unit/hosts/ec2/declare.ts";
import type { Declared } from "./calls.ts";

const lookUps: LookUp[] = [];
let registered: Registered[] | undefined;

/** What the classes register and look up. Mocks are one for a process. */
async function declared(declare: (classes: typeof parts) => void): Promise<Declared[]> {
  registered ??= await mockPulumi("shop", "prod", false, lookUps);
  const [resources, asked] = [registered.length, lookUps.length];
  declare(await import("../../../components/hosts/ec2/index.ts"));
  await untilAll(registered);
  return [
    ...lookUps.slice(asked).map(({ token, inputs }) => ({ type: token, inputs })),
    ...registered.slice(resources).filter(({ type }) => type.startsWith("aws:")),
  ];
}

/** `count` tags, as long as they may be. */
const longTags = (count: number, kind: string) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${kind} ${at} `.padEnd(127, "_.:/=+-@"),
      "ä".repeat(256),
    ]),
  );
const LONG_NAME = "a1.B_-".padEnd(51, "x");
/** As RSA has them. */
const LONG_KEY = `ssh-rsa ${"A".repeat(716)} somebody@somewhere.example`;

export const VARIANTS: Record<string, () => Promise<Declared[]>> = {
  "what must be said": () =>
    declared(({ Ec2Host, Ec2Site }) => {
      const site = new Ec2Site("least", {
        ...{ availabilityZone: "eu-central-1a", sshFrom: ["203.0.113.0/24"], ports: [] },
      });
      new Ec2Host("least-1", {
        ...{ site, instanceType: "t3.small", authorizedKeys: [KEY], data: { size: 1 } },
      });
    }),
  "everything that can be said": () =>
    declared(({ Ec2Host, Ec2Site }) => {
      const site = new Ec2Site("most", {
        ...{ subnetId: "subnet-0123456789abcdef0", portsFrom: "sg-0fedcba9876543210" },
        ...{ sshFrom: ["203.0.113.0/24", "2001:db8::/32"], ports: [80, 443] },
        ...{ pullFrom: [REPOSITORY, `${REPOSITORY}-2`], tags: { team: "shop" } },
      });
      new Ec2Host("most-1", {
        ...{ site, instanceType: "t4g.small", architecture: "arm64", ami: "ami-0aaaaaaaaaaaaaaaa" },
        ...{ user: "ops", authorizedKeys: [KEY], identityFile: "~/.ssh/deploy", rootSize: 20 },
        data: { size: 100, iops: 4000, throughput: 250, protect: true },
        ...{ elasticIp: true, terminationProtection: true, monitoring: true },
        ...{ tags: { role: "db" }, firewall: { ports: [80, 443] }, docker: { from: "docker" } },
      });
    }),
  "the other kind of processor": () =>
    declared(({ Ec2Host, Ec2Site }) => {
      const site = new Ec2Site("arm", {
        ...{ availabilityZone: "us-gov-west-1b", sshFrom: ["0.0.0.0/0", "::/0"], ports: [443] },
      });
      new Ec2Host("arm-1", {
        ...{ site, instanceType: "c8g.large", architecture: "arm64", authorizedKeys: [KEY] },
        data: { size: 8 },
      });
    }),
  "the limits": () =>
    declared(({ Ec2Host, Ec2Site }) => {
      const site = new Ec2Site(LONG_NAME, {
        ...{ availabilityZone: "us-east-1f", sshFrom: ["203.0.113.7/32", "2001:db8::1/128"] },
        ...{
          ports: [1, 65535],
          pullFrom: Array.from({ length: 100 }, (_, at) => `${REPOSITORY}-${at}`),
        },
        tags: longTags(40, "site"),
      });
      new Ec2Host(`${LONG_NAME}-1`, {
        ...{ site, instanceType: "u7i-12tb.224xlarge", user: "u".padEnd(32, "_") },
        ...{ authorizedKeys: Array.from({ length: 12 }, () => LONG_KEY), rootSize: 65536 },
        data: { size: 65536, iops: 80000, throughput: 2000 },
        ...{ elasticIp: true, tags: longTags(8, "host") },
      });
    }),
};
