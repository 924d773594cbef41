/** The way out of a security group: to everywhere. What comes in is each group's own. */
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import type * as pulumi from "@pulumi/pulumi";

/** @param name of the rules, before `-v4` and `-v6`. */
export function letOut(
  name: string,
  group: { securityGroupId: pulumi.Input<string>; tags: Record<string, string> },
  options: pulumi.CustomResourceOptions,
): void {
  for (const [version, to] of [
    ["v4", { cidrIpv4: "0.0.0.0/0" }],
    ["v6", { cidrIpv6: "::/0" }],
  ] as const) {
    new SecurityGroupEgressRule(
      `${name}-${version}`,
      { ...group, ipProtocol: "-1", ...to },
      options,
    );
  }
}
