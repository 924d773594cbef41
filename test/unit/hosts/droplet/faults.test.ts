/** What is wrong with arguments is said all at once. */
import { expect, it } from "vitest";
import { findHostFaults, findSiteFaults } from "../../../../components/hosts/droplet/faults.ts";
import { KEY, VPC } from "./declare.ts";

it("a site's", () => {
  const good = { region: "fra1", sshFrom: ["203.0.113.0/24"], ports: [80], newAccountKey: KEY };
  expect(findSiteFaults(good)).toEqual([]);
  expect(findSiteFaults({ ...good, vpcUuid: VPC, ipRange: "10.10.0.0/20" })).toEqual([
    "`ipRange` is of a VPC that is made, and `vpcUuid` names one: remove one",
  ]);
  expect(findSiteFaults({ ...good, accountKeys: ["512"], balancer: { to: 80 } })).toEqual([
    "`accountKeys` and `newAccountKey` are both given: remove one",
    "`ports` holds 80, which the load balancer alone is to reach: remove it, or `balancer`",
  ]);
  expect(findSiteFaults({ ...good, newAccountKey: undefined })).toEqual([
    "`accountKeys` is missing, and so is `newAccountKey`: without a key DigitalOcean mails a root password",
  ]);
  expect(
    findSiteFaults({
      ...{ region: "eu-central-1", vpcUuid: "default", ipRange: "10.0.0.0/8", sshFrom: ["home"] },
      ...{ ports: [0], accountKeys: [], newAccountKey: "AAAA", balancer: { to: 0, sizeUnit: 0 } },
      ...{ tags: ["a b"], vpc: "x" },
    }),
  ).toEqual([
    "`region` must be a region, e.g. `fra1`",
    "`vpcUuid` must be a VPC's id, e.g. `5a4981aa-9653-4bd1-bef5-d6bff52042e4`",
    "`ipRange` must be a network of /16 to /28",
    "`sshFrom.0` must be a network, e.g. `203.0.113.0/24`",
    "`ports.0` must be a whole number from 1 to 65535",
    "`accountKeys` must name at least one: DigitalOcean would mail a root password",
    "`newAccountKey` must be one line of a `.pub` file: `ssh-ed25519 AAAA…`",
    "`balancer.to` must be a whole number from 1 to 65535",
    "`balancer.sizeUnit` must be a whole number from 1 to 200",
    "`tags.0` must have 1 to 255 letters, digits, colons, dashes and underscores",
    "`vpc` is not a known property: remove it",
  ]);
});

it("a host's", () => {
  const good = { site: {}, size: "s-1vcpu-2gb", authorizedKeys: [KEY], data: { size: 50 } };
  expect(findHostFaults("web-1", good)).toEqual([]);
  expect(
    findHostFaults("Web_1", {
      ...{ site: "web", size: "small", image: "Debian 13", user: "root", authorizedKeys: ["AAAA"] },
      ...{ data: { size: 0, iops: 1 }, reservedIp: "yes", remoteForwards: [0], tags: "x" },
    }),
  ).toEqual([
    "its name must have 1 to 48 lowercase letters, digits and dashes, and begin with a letter",
    "`site` must be a `DropletSite`",
    "`size` must be a size, e.g. `s-1vcpu-2gb`",
    "`image` must be an image's slug or id, e.g. `debian-13-x64`",
    "`user` must be the name of a user, e.g. `deploy`, and not `root`",
    "`authorizedKeys.0` must be one line of a `.pub` file: `ssh-ed25519 AAAA…`",
    "`remoteForwards.0` must be 1 or more",
    "`data.size` must be a whole number from 1 to 16384 (GiB)",
    "`data.iops` is not a known property: remove it",
    "`reservedIp` must be true or false",
    "`tags` must be a list of texts",
  ]);
});
