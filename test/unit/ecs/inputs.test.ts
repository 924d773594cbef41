/** Every resource of the parts of ECS stacks, with its exact inputs, and all that is looked up. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { INVOKES } from "../../../components/ecs/invokes.ts";
import { type Declaration, declareLeast, declareMost } from "./declare.ts";

const STACKS = { "fargate.json": await declareLeast(), "machines.json": await declareMost() };

describe.each(Object.entries(STACKS))("%s", (file, declaration) => {
  it("has these resources, and no others", () => {
    const expected = readFileSync(new URL(`./expected/${file}`, import.meta.url), "utf8");
    expect(declarationOf(declaration)).toEqual(JSON.parse(expected));
  });

  it("has the stack's tag on everything that takes tags", () => {
    const untagged = declaration.resources
      .filter(({ type }) => type.startsWith("aws:"))
      .filter(({ inputs: { tags } }) => !JSON.stringify(tags ?? {}).includes("longshore:stack"))
      .map(({ type }) => type.split(":").at(-1) ?? "");
    const untaggable = [
      ...["CertificateValidation", "ClusterCapacityProviders", "Dashboard", "LifecyclePolicy"],
      ...["Record", "RolePolicy", "Route", "RouteTableAssociation", "TopicSubscription"],
    ];
    expect([...new Set(untagged)].filter((type) => !untaggable.includes(type))).toEqual([]);
  });

  it("lets in nobody but at the load balancer's ports", () => {
    const open = declaration.resources
      .filter(({ type }) => type.endsWith("SecurityGroupIngressRule"))
      .filter(({ inputs }) => inputs.cidrIpv4 === "0.0.0.0/0" || inputs.cidrIpv6 === "::/0")
      .map(({ inputs }) => inputs.fromPort);
    const ports = { "fargate.json": [80, 80], "machines.json": [8080, 8080, 443, 443] };
    expect(open).toEqual(ports[file as keyof typeof ports]);
  });
});

it("looks up what is on the list, and nothing else", () => {
  const asked = Object.values(STACKS).flatMap(({ lookUps }) => lookUps.map(({ token }) => token));
  expect([...new Set(asked)]).toEqual(["aws:index/getAvailabilityZones:getAvailabilityZones"]);
  expect(INVOKES).toContain(asked[0]);
});

/** By type and name: inputs, and those options that are not what they mostly are. */
function declarationOf({ resources }: Declaration): Record<string, object> {
  const own = resources.filter(({ type }) => type.startsWith("aws:"));
  const entries = own.map(({ type, name, inputs, options }) => {
    const { ignoreChanges, protect } = options;
    const more = { ...(ignoreChanges.length === 0 ? {} : { ignoreChanges }) };
    const kept = { ...(protect ? { protect } : {}) };
    return [`${type.split(":").at(-1) ?? ""} ${name}`, { inputs, ...more, ...kept }] as const;
  });
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return Object.fromEntries(entries);
}
