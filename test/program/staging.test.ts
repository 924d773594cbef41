/** `Pulumi.staging.yaml` through the whole program, under mocks: what is made at DigitalOcean, and what runs there. */
import { beforeAll, expect, it, vi } from "vitest";
import {
  type Registered,
  SESSION_KEY,
  configureFrom,
  isSecret,
  mockPulumi,
  settled,
} from "../support/program.ts";

// What looks at the real machines before anything is planned; tested in test/e2e.
vi.mock("../../components/hosts/inspect.ts", () => ({
  inspectHosts: () => Promise.resolve([]),
}));
vi.mock("../../components/ssh/remote-forward.ts", () => ({
  forwardToHere: () => Promise.resolve(undefined),
}));

const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
let resources: Registered[];
const find = (name: string) => {
  const [found] = resources.filter((entry) => entry.name === name && entry.custom);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

beforeAll(async () => {
  resources = await mockPulumi("identidock", "staging");
  configureFrom("Pulumi.staging.yaml", { sshFrom: ["203.0.113.0/24"], authorizedKeys: [KEY] });
  await import("../../index.ts");
  await settled();
});

it("makes two droplets, what they share, and nothing else there", () => {
  const made = resources
    .filter(({ type }) => type.startsWith("digitalocean:"))
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
  expect(made.sort()).toEqual([
    ...["Droplet web-1-droplet", "Droplet web-2-droplet", "Firewall identidock-firewall"],
    ...["LoadBalancer identidock-balancer", "SshKey identidock-key", "Tag identidock-machines"],
    ...["Volume web-1-data", "Volume web-2-data", "VolumeAttachment web-1-data"],
    ...["VolumeAttachment web-2-data", "Vpc identidock-vpc"],
  ]);
  expect(find("web-1-droplet").inputs).toMatchObject({
    ...{ name: "web-1", region: "fra1", size: "s-1vcpu-2gb", image: "debian-13-x64" },
    ...{ vpcUuid: "identidock-vpc-id", tags: ["identidock-machines-0000000"] },
  });
  expect(find("identidock-balancer").inputs).toMatchObject({
    forwardingRules: [{ entryPort: 80, targetPort: 8080 }],
    healthcheck: { path: "/.well-known/longshore-host", port: 8080 },
  });
});

it("has app on each, and what is there once on the first", () => {
  const containers = resources
    .map(({ name }) => name)
    .filter((name) => /^identidock-web-\d-(app|dnmonster|redis)-\d$/.test(name))
    .sort();
  expect(containers).toEqual([
    ...["identidock-web-1-app-1", "identidock-web-1-dnmonster-1", "identidock-web-1-redis-1"],
    "identidock-web-2-app-1",
  ]);
});

it("has neither the session key nor the one-time host key anywhere in plaintext", () => {
  for (const { inputs } of resources) {
    const open = JSON.stringify(Object.values(inputs).filter((input) => !isSecret(input)));
    expect(open).not.toContain(SESSION_KEY);
    expect(open).not.toContain("PRIVATE");
  }
});
