/**
 * What the package offers by name, and the types of its components, which are in the state of every stack that
 * uses them: a change here is one that users must be told of, and another type needs an alias of the old one.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { files, manifest, root } from "./project.ts";

const SERVICES = [
  ...["DEFAULTS", "RULES", "SECRETS_FOLDER", "app", "cache", "checkImageRef", "defineServices"],
  ...["proxy", "validateServices", "worker"],
];
const API: Record<string, string[]> = {
  ".": SERVICES,
  "./services": SERVICES,
  "./images": ["RegistryImage", "TestedImage", "registryProblem"],
  "./hosts": [
    "EngineError",
    "LocalHost",
    "SimulatedBalancer",
    "SimulatedHost",
    "SimulatedSite",
    "SshHost",
    "inspectHosts",
    "knownEngines",
    "lookAtMachines",
    "machineContext",
    "portHolder",
    "probeEngine",
    "siteOf",
  ],
  "./hosts/droplet": ["DropletHost", "DropletSite"],
  "./hosts/ec2": ["Ec2Host", "Ec2Site"],
  "./fleet": ["FLEET_DEFAULTS", "Fleet", "proxyContext", "readServing"],
  "./ecs": [
    ...["EC2_ENDPOINTS", "EcrRepository", "EcsAlarms", "EcsCluster", "EcsDashboard"],
    ...["EcsLoadBalancer", "EcsLogs", "EcsNetwork", "EcsSystem", "FARGATE_ENDPOINTS"],
    ...["helperContext", "readServing"],
  ],
};
const TYPES = [
  ...["longshore:ecs:EcrRepository", "longshore:ecs:EcsAlarms", "longshore:ecs:EcsCluster"],
  ...["longshore:ecs:EcsDashboard", "longshore:ecs:EcsLoadBalancer", "longshore:ecs:EcsLogs"],
  ...["longshore:ecs:EcsNetwork", "longshore:ecs:EcsSystem", "longshore:ecs:Release"],
  ...["longshore:fleet:Fleet", "longshore:fleet:Preflight", "longshore:fleet:Release"],
  ...[
    "longshore:hosts:DropletHost",
    "longshore:hosts:DropletSite",
    "longshore:hosts:Ec2Host",
    "longshore:hosts:Ec2Site",
    "longshore:hosts:LocalHost",
    "longshore:hosts:SimulatedBalancer",
    "longshore:hosts:SimulatedHost",
    "longshore:hosts:SimulatedSite",
    "longshore:hosts:SshHost",
    "longshore:images:RegistryImage",
    "longshore:images:TestedImage",
  ],
];

describe("the package", () => {
  const subpaths = Object.entries(manifest.exports).filter(([, to]) => typeof to === "object");

  it("has these subpaths", () => {
    expect(subpaths.map(([path]) => path)).toEqual(Object.keys(API));
  });

  it.each(Object.entries(API))("offers by %s exactly this", async (path, names) => {
    const file = join(root, "components", path, "index.ts");
    expect(Object.keys((await import(file)) as object).sort()).toEqual(names);
  });
});

it("the components have these types", () => {
  const found = files
    .filter((file) => /^components\/.*\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(root, file), "utf8").matchAll(/super\("(longshore:[^"]+)"/g),
    ])
    .map(([, type]) => type);
  expect(found.sort()).toEqual(TYPES);
});
