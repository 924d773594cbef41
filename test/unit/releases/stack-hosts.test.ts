/** The hosts in a stack's state, and a state without one of them. */
import { describe, expect, it } from "vitest";
import {
  type ExportedStack,
  hostsOf,
  withoutHost,
} from "../../../components/releases/stack-hosts.ts";

const urn = (type: string, name: string) => `urn:pulumi:prod::shop::${type}::${name}`;
const HOST = "longshore:hosts:SshHost";
const provider = (name: string) => urn(`${HOST}$pulumi:providers:docker`, `${name}-engine`);
const on = (name: string) => `${provider(name)}::id-of-${name}`;
const host = (name: string) => [
  { urn: urn(HOST, name), type: HOST, custom: false },
  {
    urn: urn(`${HOST}$command:local:Command`, `${name}-docker`),
    type: "command:local:Command",
    parent: urn(HOST, name),
  },
  {
    urn: provider(name),
    type: "pulumi:providers:docker",
    parent: urn(HOST, name),
    inputs: { host: `ssh://deploy@${name}`, sshOpts: '["-o","BatchMode=yes"]' },
  },
  {
    urn: urn("docker:index/volume:Volume", `shop-${name}-data`),
    type: "docker:index/volume:Volume",
    provider: on(name),
    protect: true,
  },
  {
    urn: urn("docker:index/volume:Volume", `shop-${name}-record`),
    type: "docker:index/volume:Volume",
    provider: on(name),
  },
  {
    urn: urn("docker:index/container:Container", `shop-${name}-app-1`),
    type: "docker:index/container:Container",
    provider: on(name),
    outputs: { secret: { ciphertext: "v1:…" } },
  },
];
const container = (name: string) => urn("docker:index/container:Container", `shop-${name}-app-1`);
const release = {
  urn: urn("command:local:Command", "shop-release-run"),
  type: "command:local:Command",
  dependencies: [container("web-1"), container("web-2"), provider("web-2")],
  propertyDependencies: { stdin: [container("web-1"), container("web-2")], create: null },
  deletedWith: container("web-2"),
};
const stack = (): ExportedStack & { version: number } => ({
  version: 3,
  deployment: { resources: [...host("web-1"), ...host("web-2"), release] },
});

describe("the hosts of a stack", () => {
  it("are its Docker providers, with the data that is there", () => {
    expect(hostsOf(stack())).toEqual([
      {
        ...{ name: "web-1", address: "ssh://deploy@web-1", sshOptions: ["-o", "BatchMode=yes"] },
        ...{ volumes: ["shop-web-1-data"], resources: 3, isRented: false },
      },
      expect.objectContaining({ name: "web-2" }),
    ]);
    expect(hostsOf({ deployment: {} })).toEqual([]);
  });
});

describe("a stack without a host", () => {
  it("has nothing of it, and nothing that depends on it; all else is as it was", () => {
    const left = withoutHost(stack(), "web-2");
    expect(left.version).toBe(3);
    expect(JSON.stringify(left)).not.toContain("web-2");
    expect(left.deployment.resources).toEqual([
      ...host("web-1"),
      {
        ...release,
        dependencies: [container("web-1")],
        propertyDependencies: { stdin: [container("web-1")], create: null },
        deletedWith: "",
      },
    ]);
  });

  it("keeps what a provider charges for, and how the machine is met", () => {
    const droplet = {
      urn: urn(`${HOST}$digitalocean:index/droplet:Droplet`, "web-2-droplet"),
      type: "digitalocean:index/droplet:Droplet",
      parent: urn(HOST, "web-2"),
    };
    const upkeep = {
      urn: urn(`${HOST}$command:local:Command`, "web-2-upkeep"),
      type: "command:local:Command",
      parent: urn(HOST, "web-2"),
    };
    const all = stack();
    all.deployment.resources?.push(droplet, upkeep);
    expect(hostsOf(all).map(({ isRented }) => isRented)).toEqual([false, true]);
    const kept = withoutHost(all, "web-2").deployment.resources?.map((each) => each.urn);
    const own = host("web-2").slice(0, 2);
    expect(kept).toEqual([...host("web-1"), ...own, release, droplet].map((each) => each.urn));
  });

  it("has none of its backups, and has those of others", () => {
    const backup = (name: string, before: string[] = []) => ({
      urn: urn("longshore:fleet:Fleet$command:local:Command", `shop-${name}-backup`),
      type: "command:local:Command",
      dependencies: [urn("docker:index/volume:Volume", `shop-${name}-data`), ...before],
    });
    const gone = backup("web-2");
    const stays = backup("web-1", [gone.urn]);
    const resources = [...host("web-1"), ...host("web-2"), gone, stays];
    const left = withoutHost({ deployment: { resources } }, "web-2");
    expect(left.deployment.resources).toEqual([...host("web-1"), backup("web-1")]);
  });

  it("is the same where there is no such host", () => {
    expect(withoutHost(stack(), "web-3")).toEqual(stack());
  });
});
