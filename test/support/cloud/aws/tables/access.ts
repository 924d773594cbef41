/** Roles and policies, secrets, topics. */
import type { Params } from "../client.ts";
import { type At, type Resource, at, text } from "../resource.ts";

const role: Resource = {
  ...{ service: "iam", named: 64 },
  defaults: { path: "/", maxSessionDuration: 3600, forceDetachPolicies: false },
  replace: ["name", "namePrefix", "path"],
  names: {
    name: "RoleName",
    assumeRolePolicy: "AssumeRolePolicyDocument",
    uniqueId: "RoleId",
    permissionsBoundary: "PermissionsBoundary",
  },
  json: ["assumeRolePolicy"],
  kept: ["forceDetachPolicies"],
  create: { operation: "CreateRole", id: (answer) => text(at(answer, "Role.RoleName")) },
  settings: [
    {
      of: ["assumeRolePolicy"],
      when: "update",
      operation: "UpdateAssumeRolePolicy",
      params: ({ id, inputs }) => ({ RoleName: id, PolicyDocument: inputs.assumeRolePolicy }),
    },
    {
      of: ["description", "maxSessionDuration"],
      when: "update",
      with: "given",
      operation: "UpdateRole",
      params: ({ id }) => ({ RoleName: id }),
    },
  ],
  read: [{ operation: "GetRole", params: ({ id }) => ({ RoleName: id }), pick: "Role" }],
  outputs: (data) => ({
    permissionsBoundary: at(data, "PermissionsBoundary.PermissionsBoundaryArn"),
  }),
  remove: [{ operation: "DeleteRole", params: ({ id }) => ({ RoleName: id }) }],
};

const byId = ({ id }: At) => {
  const [RoleName = "", PolicyName = ""] = id.split(":");
  return { RoleName, PolicyName };
};
const rolePolicy: Resource = {
  ...{ service: "iam", named: 128 },
  replace: ["name", "namePrefix", "role"],
  names: { name: "PolicyName", role: "RoleName", policy: "PolicyDocument" },
  json: ["policy"],
  create: {
    operation: "PutRolePolicy",
    id: (_, { inputs }) => `${text(inputs.role)}:${text(inputs.name)}`,
  },
  settings: [
    {
      of: ["policy"],
      when: "update",
      with: "given",
      operation: "PutRolePolicy",
      params: byId,
    },
  ],
  read: [{ operation: "GetRolePolicy", params: byId, pick: (answer) => answer }],
  remove: [{ operation: "DeleteRolePolicy", params: byId }],
};

const attached = ({ inputs, state }: At) => ({
  RoleName: inputs.role ?? state.role,
  PolicyArn: inputs.policyArn ?? state.policyArn,
});
const rolePolicyAttachment: Resource = {
  service: "iam",
  replace: ["policyArn", "role"],
  names: { role: "RoleName" },
  create: {
    operation: "AttachRolePolicy",
    id: (_, { inputs }) => `${text(inputs.role)}/${text(inputs.policyArn)}`,
  },
  read: [
    {
      operation: "ListAttachedRolePolicies",
      params: (place) => ({ RoleName: attached(place).RoleName }),
      pick: ({ AttachedPolicies }, place) => {
        const { RoleName, PolicyArn } = attached(place);
        const isThere = (AttachedPolicies as Params[]).some((each) => each.PolicyArn === PolicyArn);
        return isThere ? { RoleName, PolicyArn } : undefined;
      },
    },
  ],
  remove: [{ operation: "DetachRolePolicy", params: attached }],
};

const parameter: Resource = {
  service: "ssm",
  replace: ["name", "dataType"],
  kept: ["insecureValue", "overwrite"],
  secret: ["value"],
  names: { arn: "ARN" },
  create: { operation: "PutParameter", id: (_, { inputs }) => text(inputs.name) },
  settings: [
    {
      of: ["allowedPattern", "description", "keyId", "tier", "type", "value"],
      when: "update",
      with: "given",
      operation: "PutParameter",
      params: ({ id }) => ({ Name: id, Overwrite: true }),
    },
  ],
  read: [
    {
      operation: "GetParameter",
      params: ({ id }) => ({ Name: id, WithDecryption: true }),
      pick: "Parameter",
    },
    {
      operation: "DescribeParameters",
      params: ({ id }) => ({ ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [id] }] }),
      pick: (answer) => {
        const { Description, KeyId, Tier, AllowedPattern } = at(answer, "Parameters.0") as Params;
        return { Description, KeyId, Tier, AllowedPattern };
      },
    },
  ],
  outputs: (data) => ({ insecureValue: data.Type === "SecureString" ? undefined : data.Value }),
  remove: [{ operation: "DeleteParameter", params: ({ id }) => ({ Name: id }) }],
  tagged: ({ id }) => id,
};

const topic: Resource = {
  ...{ service: "sns", named: 256 },
  defaults: { fifoTopic: false },
  replace: ["name", "fifoTopic"],
  kept: ["fifoTopic"],
  create: { operation: "CreateTopic", id: ({ TopicArn }) => text(TopicArn) },
  settings: [
    {
      of: ["displayName"],
      operation: "SetTopicAttributes",
      params: ({ id, inputs }) => ({
        ...{ TopicArn: id, AttributeName: "DisplayName", AttributeValue: inputs.displayName ?? "" },
      }),
    },
  ],
  read: [
    {
      operation: "GetTopicAttributes",
      params: ({ id }) => ({ TopicArn: id }),
      pick: "Attributes",
    },
  ],
  outputs: (data, { id }) => ({
    arn: id,
    name: id.split(":").at(-1),
    displayName: data.DisplayName === "" ? undefined : data.DisplayName,
  }),
  remove: [{ operation: "DeleteTopic", params: ({ id }) => ({ TopicArn: id }) }],
  tagged: ({ id }) => id,
};

export const ACCESS: Record<string, Resource> = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
  "aws:ssm/parameter:Parameter": parameter,
  "aws:sns/topic:Topic": topic,
};
