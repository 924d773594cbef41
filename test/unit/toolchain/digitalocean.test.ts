// The digitalocean plugin that is built here has inputs and outputs by the names that @pulumi/digitalocean has for them.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { PLUGINS } from "../../../toolchain/pieces.ts";

const cloud = join(import.meta.dirname, "../../../toolchain/digitalocean/cloud");
const manifest = createRequire(import.meta.url).resolve("@pulumi/digitalocean/package.json");
const sources = readdirSync(cloud)
  .filter((file) => file.endsWith(".go") && !file.endsWith("_test.go"))
  .map((file) => readFileSync(join(cloud, file), "utf8"))
  .join("\n");

/** `NAME` or `NAME?` of a Go struct's fields, with those of the struct it embeds. */
function inGo(name: string): string[] {
  const body = new RegExp(`^type ${name} struct ?\\{([^}]*)\\}`, "m").exec(sources)?.[1] ?? "";
  const own = [...body.matchAll(/pulumi:"(\w+)(,optional)?"/g)].map(
    ([, field = "", optional]) => field + (optional === undefined ? "" : "?"),
  );
  const [embedded] = /^\s*(\w+Inputs)\s*$/m.exec(body) ?? [];
  return [...own, ...(embedded === undefined ? [] : inGo(embedded.trim()))].sort();
}

/** The same of an interface, or of a class's outputs. */
function inSdk(file: string, name: string): string[] {
  const text = readFileSync(join(dirname(manifest), file), "utf8");
  const found: string[] = [];
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return;
    if (node.name?.text !== name) return;
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
      if (member.type === undefined) continue;
      const optional = /\| undefined>$/.test(member.type.getText());
      found.push(member.name.getText() + (optional ? "?" : ""));
    }
  });
  return found.sort();
}

/** Of a load balancer: what Longshore has no use for. */
const NO_BALANCER = [
  ...["algorithm?", "disableLetsEncryptDnsRecords?", "domains?", "firewall?", "glbSettings?"],
  ...[
    "network?",
    "networkStack?",
    "size?",
    "stickySessions?",
    "subnetUuid?",
    "targetLoadBalancerIds?",
  ],
  ...["tlsCipherPolicy?", "type?"],
];

const RESOURCES: [file: string, name: string, go: string, without: string[], noOutput: string[]][] =
  [
    [
      ...(["droplet", "Droplet", "Droplet"] as const),
      ["backupPolicy?", "backups?", "gpuPartitionMode?", "ipv6Address?", "privateNetworking?"],
      ["backupPolicy?", "backups?", "gpuPartitionMode?"],
    ],
    ["firewall", "Firewall", "Firewall", [], []],
    [
      ...(["loadBalancer", "LoadBalancer", "LoadBalancer"] as const),
      [...NO_BALANCER, "ip?"],
      NO_BALANCER,
    ],
    ["reservedIp", "ReservedIp", "ReservedIP", ["ipAddress?"], []],
    ["reservedIpAssignment", "ReservedIpAssignment", "ReservedIPAssignment", [], []],
    ["sshKey", "SshKey", "SSHKey", [], []],
    ["tag", "Tag", "Tag", [], []],
    ["volume", "Volume", "Volume", ["filesystemType?"], []],
    ["volumeAttachment", "VolumeAttachment", "VolumeAttachment", [], []],
    ["vpc", "Vpc", "Vpc", [], []],
  ];

it("has the version of the npm package", () => {
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  expect(PLUGINS.digitalocean.version).toBe(version);
});

describe.each(RESOURCES)("%s", (file, name, go, without, noOutput) => {
  it("takes the inputs of the npm package, less those that are refused", () => {
    const all = inSdk(`${file}.d.ts`, `${name}Args`);
    expect(without.filter((input) => !all.includes(input))).toEqual([]);
    expect(inGo(`${go}Inputs`)).toEqual(all.filter((input) => !without.includes(input)));
  });

  it("has its outputs", () => {
    // Where the API always answers, the package says so and a struct that is shared with the inputs does not.
    const bare = (names: string[]) => names.map((each) => each.replace("?", "")).sort();
    const all = bare(inSdk(`${file}.d.ts`, name));
    const kept = all.filter((output) => !bare(noOutput).includes(output));
    expect(bare(inGo(`${go}State`))).toEqual(kept);
  });

  it("has its token", () => {
    expect(sources).toContain(`a.SetToken("index/${file}", "${name}")`);
  });
});

it.each([
  ["Inbound", ["action?", "sourceKubernetesIds?"]],
  ["Outbound", ["action?", "destinationKubernetesIds?"]],
])("rules of a firewall: %s", (direction, without) => {
  const all = inSdk("types/input.d.ts", `Firewall${direction}Rule`);
  expect(inGo(`${direction}Rule`)).toEqual(all.filter((input) => !without.includes(input)));
});
