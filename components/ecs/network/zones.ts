/** The zones that subnets are in. */
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones.js";
import * as pulumi from "@pulumi/pulumi";

/**
 * The zone at a place: of those that are given, or of the region's own, by name.
 * @returns outputs that fail where the region has fewer.
 */
export function zoneNames(
  zones: number | string[],
  parent: pulumi.Resource,
): (at: number) => pulumi.Input<string> {
  if (Array.isArray(zones)) return (at) => zones[at] ?? "";
  const found = getAvailabilityZonesOutput(
    // Without local zones, which have no Fargate.
    { state: "available", filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }] },
    { parent },
  );
  return (at) =>
    found.names.apply((names) => {
      const name = [...names].sort()[at];
      if (name !== undefined) return name;
      throw new pulumi.RunError(
        `The region has ${names.length} zones, and \`zones\` is ${zones}: give another number.`,
      );
    });
}
