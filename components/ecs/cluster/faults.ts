/** What is wrong with the arguments of an `EcsCluster`. Values that are known later are not looked at. */
import { z } from "zod";
import { tags } from "../../hosts/ec2/tags.ts";
import { faultsOf, text, whole, yesOrNo } from "../../hosts/first-contact/faults.ts";
import { EC2_ENDPOINTS } from "../network/endpoints.ts";
import { component, nameFaults, oneOf, tooManyTags } from "../values.ts";

/** Most machines of a capacity provider's group. */
const MOST_MACHINES = 5000;
const TYPE = "must be a type, e.g. `t3.small`";

const machines = z
  .strictObject(
    {
      instanceType: z.string(TYPE).regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, TYPE),
      architecture: oneOf(["amd64", "arm64"]).optional(),
      amiId: text(/^ami-[0-9a-f]{8,17}$/, "an image's id, e.g. `ami-0123456789abcdef0`").optional(),
      min: whole(0, MOST_MACHINES).optional(),
      max: whole(1, MOST_MACHINES),
      spot: yesOrNo,
      // The image itself has 30.
      rootSize: whole(30, 16384, " (GiB)").optional(),
      targetCapacity: whole(1, 100, " (percent)").optional(),
    },
    'must be "fargate", "fargate-spot", or machines, e.g. `{ instanceType: "t3.small", max: 4 }`',
  )
  .superRefine(({ min = 0, max }, context) => {
    if (min > max)
      context.addIssue({
        code: "custom",
        path: ["min"],
        message: `must be at most \`max\`: ${max}`,
      });
  });
const capacity = z.unknown().superRefine((value, context) => {
  if (value === "fargate" || value === "fargate-spot") return;
  for (const issue of machines.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue });
});

const CLUSTER = z
  .strictObject({
    network: component("taskSubnetIds", "EcsNetwork"),
    capacity: capacity.optional(),
    onDemand: whole(0, 1000, " (tasks)").optional(),
    executeCommand: yesOrNo,
    containerInsights: oneOf(["disabled", "enabled", "enhanced"]).optional(),
    tags,
  })
  .superRefine(({ network, capacity: chosen, onDemand }, context) => {
    const complain = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    if (onDemand !== undefined && chosen !== "fargate-spot")
      complain("onDemand", 'needs `capacity: "fargate-spot"`: say it, or leave this out');
    if (typeof chosen !== "object") return;
    const { assignPublicIp, endpoints } = network as Network;
    if (assignPublicIp)
      complain(
        "network",
        'must have private subnets, e.g. `privateSubnets: "nat"`: tasks on machines get no public addresses, and would not reach the internet',
      );
    const missing = EC2_ENDPOINTS.filter((service) => endpoints?.includes(service) === false);
    if (missing.length > 0)
      complain(
        "network",
        `must have \`endpoints\` for machines too: add ${missing.map((each) => `\`${each}\``).join(", ")}`,
      );
  });

interface Network {
  assignPublicIp?: boolean;
  endpoints?: string[];
}

/** All of them, each with its property; none if there is nothing wrong. */
export function findClusterFaults(name: string, args: unknown): string[] {
  const { tags: own, network } = (args ?? {}) as { tags?: object; network?: unknown };
  return [...nameFaults(name), ...faultsOf(CLUSTER, args), ...tooManyTags(own, network)];
}
