/** Tags of resources, by service: how they are read where the resource itself does not show them, and changed. */
import type { Params } from "./client.ts";

export type Tags = Record<string, string>;
interface Call {
  operation: string;
  params: Params;
}
interface Tagging {
  read?: (of: string) => Call & { pick: (answer: Params) => unknown };
  add: (of: string, tags: Tags) => Call;
  remove: (of: string, keys: string[]) => Call;
}

const pairs = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const lower = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value }));

/** The three operations that most services have, with the names of their parameters. */
function usual(
  [read, add, remove]: [read: string | undefined, add: string, remove: string],
  [of, tags, keys]: [of: string, tags: string, keys: string],
  form: (tags: Tags) => unknown,
  pick = tags,
): Tagging {
  return {
    ...(read && {
      read: (id) => ({
        operation: read,
        params: { [of]: id },
        pick: (answer: Params) => answer[pick],
      }),
    }),
    add: (id, values) => ({ operation: add, params: { [of]: id, [tags]: form(values) } }),
    remove: (id, names) => ({ operation: remove, params: { [of]: id, [keys]: names } }),
  };
}

const byArn: [string, string, string] = ["ListTagsForResource", "TagResource", "UntagResource"];

export const TAGGING: Record<string, Tagging> = {
  ec2: {
    add: (id, tags) => ({
      operation: "CreateTags",
      params: { Resources: [id], Tags: pairs(tags) },
    }),
    remove: (id, keys) => ({
      operation: "DeleteTags",
      params: { Resources: [id], Tags: keys.map((Key) => ({ Key })) },
    }),
  },
  ecs: usual(
    [undefined, "TagResource", "UntagResource"],
    ["resourceArn", "tags", "tagKeys"],
    lower,
  ),
  elbv2: {
    read: (arn) => ({
      operation: "DescribeTags",
      params: { ResourceArns: [arn] },
      pick: ({ TagDescriptions }) => (TagDescriptions as Params[])[0]?.Tags,
    }),
    add: (arn, tags) => ({
      operation: "AddTags",
      params: { ResourceArns: [arn], Tags: pairs(tags) },
    }),
    remove: (arn, TagKeys) => ({
      operation: "RemoveTags",
      params: { ResourceArns: [arn], TagKeys },
    }),
  },
  iam: usual([undefined, "TagRole", "UntagRole"], ["RoleName", "Tags", "TagKeys"], pairs),
  ssm: {
    read: (ResourceId) => ({
      operation: "ListTagsForResource",
      params: { ResourceType: "Parameter", ResourceId },
      pick: ({ TagList }) => TagList,
    }),
    add: (ResourceId, tags) => ({
      operation: "AddTagsToResource",
      params: { ResourceType: "Parameter", ResourceId, Tags: pairs(tags) },
    }),
    remove: (ResourceId, TagKeys) => ({
      operation: "RemoveTagsFromResource",
      params: { ResourceType: "Parameter", ResourceId, TagKeys },
    }),
  },
  logs: usual(byArn, ["resourceArn", "tags", "tagKeys"], (tags) => tags),
  cloudwatch: usual(byArn, ["ResourceARN", "Tags", "TagKeys"], pairs),
  servicediscovery: usual(byArn, ["ResourceARN", "Tags", "TagKeys"], pairs),
  sns: usual(byArn, ["ResourceArn", "Tags", "TagKeys"], pairs),
  ecr: usual(byArn, ["resourceArn", "tags", "tagKeys"], pairs),
  efs: usual([undefined, "TagResource", "UntagResource"], ["ResourceId", "Tags", "TagKeys"], pairs),
  "application-autoscaling": usual(byArn, ["ResourceARN", "Tags", "TagKeys"], (tags) => tags),
  acm: {
    read: (CertificateArn) => ({
      operation: "ListTagsForCertificate",
      params: { CertificateArn },
      pick: ({ Tags }) => Tags,
    }),
    add: (CertificateArn, tags) => ({
      operation: "AddTagsToCertificate",
      params: { CertificateArn, Tags: pairs(tags) },
    }),
    remove: (CertificateArn, keys) => ({
      operation: "RemoveTagsFromCertificate",
      params: { CertificateArn, Tags: keys.map((Key) => ({ Key })) },
    }),
  },
};
