/** Security groups and their rules. */
import type { Params } from "../client.ts";
import { type At, type Resource, at, specified, text } from "../resource.ts";

const securityGroup: Resource = {
  ...{ service: "ec2", named: 255 },
  defaults: { description: "Managed by Pulumi", revokeRulesOnDelete: false },
  replace: ["name", "namePrefix", "description", "vpcId"],
  names: {
    name: "GroupName",
    tags: specified("security-group"),
    ingress: "Nothing",
    egress: "Nothing",
  },
  kept: ["revokeRulesOnDelete", "namePrefix"],
  create: { operation: "CreateSecurityGroup", id: ({ GroupId }) => text(GroupId) },
  settings: [
    {
      // What a new group of AWS lets out is everything, and what the provider leaves is nothing.
      of: ["description"],
      when: "create",
      operation: "RevokeSecurityGroupEgress",
      params: ({ id }) => ({
        GroupId: id,
        IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      }),
    },
  ],
  read: [
    {
      operation: "DescribeSecurityGroups",
      params: ({ id }) => ({ GroupIds: [id] }),
      pick: "SecurityGroups.0",
    },
  ],
  outputs: (_, { region, account, id }) => ({
    arn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
  }),
  remove: [{ operation: "DeleteSecurityGroup", params: ({ id }) => ({ GroupId: id }) }],
};

const CHANGEABLE = [
  ...["description", "fromPort", "toPort", "ipProtocol"],
  ...["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"],
];

function rule(direction: "Ingress" | "Egress"): Resource {
  const isEgress = direction === "Egress";
  return {
    service: "ec2",
    replace: ["securityGroupId"],
    names: {
      securityGroupId: "GroupId",
      tags: specified("security-group-rule"),
    },
    kept: CHANGEABLE,
    create: {
      operation: `AuthorizeSecurityGroup${direction}`,
      add: ({ inputs }) => ({ IpPermissions: [permission(inputs)] }),
      id: (answer) => text(at(answer, "SecurityGroupRules.0.SecurityGroupRuleId")),
    },
    settings: [
      {
        of: CHANGEABLE,
        when: "update",
        operation: "ModifySecurityGroupRules",
        params: ({ id, inputs }) => ({
          GroupId: inputs.securityGroupId,
          SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: asked(inputs) }],
        }),
      },
    ],
    read: [
      {
        operation: "DescribeSecurityGroupRules",
        params: ({ id }) => ({ SecurityGroupRuleIds: [id] }),
        pick: "SecurityGroupRules.0",
      },
    ],
    outputs: (data, { region, account, id, inputs, state }) => ({
      arn: `arn:aws:ec2:${region}:${account}:security-group-rule/${id}`,
      securityGroupRuleId: id,
      securityGroupId: data.GroupId,
      ipProtocol: data.IpProtocol,
      fromPort: data.FromPort,
      toPort: data.ToPort,
      // moto drops that of a rule whose source is a group.
      description: data.Description ?? inputs.description ?? state.description,
      cidrIpv4: data.CidrIpv4,
      cidrIpv6: data.CidrIpv6,
      referencedSecurityGroupId: at(data, "ReferencedGroupInfo.GroupId"),
    }),
    remove: [
      {
        operation: `RevokeSecurityGroup${direction}`,
        params: ({ id, state }: At) => ({
          GroupId: state.securityGroupId,
          // moto finds those that let something out by what they are, and no other way.
          ...(isEgress ? { IpPermissions: [permission(state)] } : { SecurityGroupRuleIds: [id] }),
        }),
      },
    ],
  };
}

function permission(inputs: Params): Params {
  const Description = inputs.description;
  const { cidrIpv4, cidrIpv6, referencedSecurityGroupId, prefixListId } = inputs;
  return {
    IpProtocol: inputs.ipProtocol,
    ...(inputs.fromPort !== undefined && { FromPort: inputs.fromPort }),
    ...(inputs.toPort !== undefined && { ToPort: inputs.toPort }),
    ...(cidrIpv4 !== undefined && { IpRanges: [given({ CidrIp: cidrIpv4, Description })] }),
    ...(cidrIpv6 !== undefined && { Ipv6Ranges: [given({ CidrIpv6: cidrIpv6, Description })] }),
    ...(prefixListId !== undefined && {
      PrefixListIds: [given({ PrefixListId: prefixListId, Description })],
    }),
    ...(referencedSecurityGroupId !== undefined && {
      UserIdGroupPairs: [given({ GroupId: referencedSecurityGroupId, Description })],
    }),
  };
}

function asked(inputs: Params): Params {
  return given({
    IpProtocol: inputs.ipProtocol,
    FromPort: inputs.fromPort,
    ToPort: inputs.toPort,
    CidrIpv4: inputs.cidrIpv4,
    CidrIpv6: inputs.cidrIpv6,
    PrefixListId: inputs.prefixListId,
    ReferencedGroupId: inputs.referencedSecurityGroupId,
    Description: inputs.description,
  });
}

const given = (values: Params): Params =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

export const SECURITY_GROUPS: Record<string, Resource> = {
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule("Ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("Egress"),
};
