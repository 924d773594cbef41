/**
 * What AWS's models say in words alone. Each rule has the words that it stands for: where a model says others, the rule is
 * to be read again.
 */
import type { AwsModels, Call } from "../../support/aws-models.ts";

interface Documented {
  operation: string;
  /** The parameter; `*` stands for any place in a list. */
  path: string;
  /** What its documentation says. */
  words: string;
  /** Where else it says so, of the same parameter. */
  said?: { operation: string; path: string };
  /** @param documentation of the parameter, whole. */
  holds: (value: never, documentation: string) => boolean;
}

type Rule = readonly [path: string, words: string, holds: Documented["holds"]];
const of = (operation: string, rules: Rule[], more: Pick<Documented, "said"> = {}): Documented[] =>
  rules.map(([path, words, holds]) => ({ operation, path, words, holds, ...more }));

const CHARACTERS = "Valid characters: a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*";
const hasOnlyThose = (text: string) => /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/.test(text);
const atMost = (most: number) => (text: string) => [...text].length <= most;
const between = (least: number, most: number) => (value: number) => value >= least && value <= most;
/** The names are in the documentation of the list. */
const areKnown = (filters: { Name: string }[], documentation: string) =>
  filters.every(({ Name }) => documentation.includes(`<code>${Name}</code>`));
const tags = (operation: string, path = "TagSpecifications.*.Tags") =>
  of(operation, [
    [`${path}.*.Key`, "maximum of 127 Unicode characters", atMost(127)],
    [`${path}.*.Key`, "May not begin with <code>aws:</code>", (key: string) => !/^aws:/i.test(key)],
    [`${path}.*.Value`, "maximum of 256 Unicode characters", atMost(256)],
  ]);

/** All of EC2. */
export const DOCUMENTED: Documented[] = [
  ...of("CreateSecurityGroup", [
    ["Description", CHARACTERS, hasOnlyThose],
    ["Description", "Up to 255 characters", atMost(255)],
    ["GroupName", CHARACTERS, hasOnlyThose],
    ["GroupName", "Up to 255 characters", atMost(255)],
    ["GroupName", "Can't start with <code>sg-</code>", (name: string) => !/^sg-/i.test(name)],
  ]),
  ...of(
    "RunInstances",
    [
      [
        "UserData",
        "User data is limited to 16 KB",
        (text: string) => Buffer.from(text, "base64").length <= 16384,
      ],
    ],
    { said: { operation: "CreateLaunchTemplate", path: "LaunchTemplateData.UserData" } },
  ),
  ...of("RunInstances", [
    ["MetadataOptions.HttpPutResponseHopLimit", "Integers from 1 to 64", between(1, 64)],
    ["BlockDeviceMappings.*.Ebs.VolumeSize", "<code>gp3</code>: 1 - 65,536 GiB", between(1, 65536)],
  ]),
  ...of("CreateVolume", [
    ["Size", "gp3: <code>1 - 65,536</code> GiB", between(1, 65536)],
    [
      "Iops",
      "gp3: <code>3,000 </code>(<i>default</i>)<code> - 80,000</code> IOPS",
      between(3000, 80000),
    ],
    ["Throughput", "Valid Range: <code>125 - 2000</code> MiB/s", between(125, 2000)],
  ]),
  ...of("DescribeSubnets", [["Filters", "The filters.", areKnown]]),
  ...of("DescribeImages", [["Filters", "The filters.", areKnown]]),
  ...[
    "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
  ].flatMap((operation) => tags(operation)),
  ...["CreateVolume", "RunInstances", "AllocateAddress"].flatMap((operation) => tags(operation)),
  ...tags("CreateTags", "Tags"),
];

/** A line for each parameter of a call that is not as its documentation wants it. */
export function undocumented(models: AwsModels, { service, operation, params }: Call): string[] {
  return DOCUMENTED.filter((rule) => service === "ec2" && rule.operation === operation).flatMap(
    ({ path, words, holds }) => {
      const documentation = models.documentation(service, operation, path);
      return valuesAt(params, path.split("."))
        .filter((value) => !holds(value as never, documentation))
        .map(() => `${operation}.${path} is not as documented: ${words}`);
    },
  );
}

function valuesAt(value: unknown, [part, ...rest]: string[]): unknown[] {
  if (value === undefined) return [];
  if (part === undefined) return [value];
  if (part === "*") return (value as unknown[]).flatMap((entry) => valuesAt(entry, rest));
  return valuesAt((value as Record<string, unknown>)[part], rest);
}
