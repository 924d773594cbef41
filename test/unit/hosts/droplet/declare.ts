/** A site and two droplets under mocks: all that can be set, and all defaults. */
import { setImmediate } from "node:timers/promises";
import type { Registered } from "../../../support/program.ts";
import { mockPulumi } from "../../../support/program.ts";

export const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
export const VPC = "5a4981aa-9653-4bd1-bef5-d6bff52042e4";

export async function declareAll(): Promise<Registered[]> {
  const registered = await mockPulumi("shop", "staging");
  const { DropletHost, DropletSite } =
    await import("../../../../components/hosts/droplet/index.ts");
  const site = new DropletSite("web", {
    ...{ region: "fra1", sshFrom: ["2001:db8::/32", "203.0.113.0/24"], ports: [443, 80, 443] },
    newAccountKey: KEY,
  });
  new DropletHost("web-1", {
    ...{ site, size: "s-1vcpu-2gb", authorizedKeys: [KEY], data: { size: 50 } },
  });
  const other = new DropletSite("db", {
    ...{ region: "ams3", vpcUuid: VPC, sshFrom: ["203.0.113.0/24"], ports: [] },
    ...{ accountKeys: ["512"], balancer: { port: 8000, to: 8080, sizeUnit: 2 }, tags: ["shop"] },
  });
  new DropletHost("db-1", {
    ...{ site: other, size: "s-2vcpu-4gb", image: "ubuntu-24-04-x64", user: "ops" },
    ...{ authorizedKeys: [KEY], identityFile: "~/.ssh/deploy", data: { size: 100, protect: true } },
    ...{ reservedIp: true, monitoring: false, ipv6: true, tags: ["db"] },
    ...{ firewall: { ports: [8080] }, remoteForwards: [5055] },
  });
  // Resources are registered as what they depend on becomes known.
  for (let before = -1; before !== registered.length;) {
    before = registered.length;
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  }
  return registered;
}
